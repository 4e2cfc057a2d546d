// The figures of a finished run as JSON, RUN/figures.json, for programs.
#pragma once

#include <optional>

#include "recipe/run_folder.h"
#include "report/run_report.h"

namespace radlads {

/// How close the student came, and what it took.
struct RunFigures {
  double teacher_nats_per_token = 0, student_nats_per_token = 0;
  double kl_per_token = 0, top1_agreement = 0;
  int64_t documents = 0, tokens = 0;  // that were compared on
  double seconds = 0;                 // of training
};

void write_figures(const RunFolder& run, const RunReport& report);

/// nullopt if the run has no figures (yet, or because there is no text to compare on). UserError naming a
/// broken file.
std::optional<RunFigures> read_figures(const RunFolder& run);

}  // namespace radlads
