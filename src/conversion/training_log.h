// log.jsonl, read back for the report.
#pragma once

#include <filesystem>
#include <vector>

#include "report/run_report.h"

namespace radlads {

/// One entry for each step of the run, in order. A line that cannot be read is left out, with a warning.
std::vector<StepReport> read_training_log(const std::filesystem::path& file);

}  // namespace radlads
