// log.jsonl, read back for the report.
#pragma once

#include <filesystem>
#include <vector>

#include "report/run_report.h"

namespace radlads {

/// One entry for each step of the run, in order. UserError naming file and line for a line that cannot be
/// read.
std::vector<StepReport> read_training_log(const std::filesystem::path& file);

}  // namespace radlads
