// A training command from beginning to end.
#pragma once

#include <optional>
#include <string>

#include "conversion/prepare.h"
#include "report/run_report.h"

namespace radlads {

struct TrainingOutcome {
  int status = 0;  // of the program: 130 when it was interrupted with all work saved, 1 when the trainer
                   // failed and said why
  std::optional<RunReport> report;  // of a run that ended just now
};

/// Prepares, trains (in a process of its own), compares, reports. `command_line` goes into the report.
TrainingOutcome run_training(const RunRequest& request, const std::string& command_line);

}  // namespace radlads
