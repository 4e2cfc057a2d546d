// A training command from beginning to end.
#pragma once

#include <string>

#include "conversion/prepare.h"

namespace radlads {

/// Prepares, trains (in a process of its own), compares, reports. Returns the program's exit status: 0,
/// 130 when it was interrupted with all work saved, 1 when the trainer failed and said why. `command_line`
/// goes into the report.
int run_training(const RunRequest& request, const std::string& command_line);

}  // namespace radlads
