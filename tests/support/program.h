// Runs the programs of this build as a user would.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace radlads {

struct ProgramResult {
  int status = 0;      // exit status, or 128 + the signal that ended it
  std::string output;  // standard output
  std::string errors;  // standard error
};

/// A signal for the program's whole process group, or for the program alone, sent as soon as `when` says so
/// (polled every few milliseconds while the program runs).
struct Interruption {
  int signal = 0;
  std::function<bool()> when;
  bool to_group = true;
};

/// Runs `radlads` with these arguments.
ProgramResult run_radlads(const std::vector<std::string>& arguments, const Interruption& interruption = {});

}  // namespace radlads
