// Runs the programs of this build as a user would.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace radlads {

struct ProgramResult {
  int status = 0;      // exit status, or 128 + the signal that ended it
  std::string output;  // standard output
  std::string errors;  // standard error
};

/// Runs `radlads` with these arguments. With `kill_after`, SIGKILL ends its whole process group then.
ProgramResult run_radlads(const std::vector<std::string>& arguments,
                          std::chrono::milliseconds kill_after = std::chrono::milliseconds::zero(),
                          int signal = 9);

}  // namespace radlads
