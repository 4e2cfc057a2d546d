// Examples for the end of each command's --help.
#pragma once

#include <CLI/CLI.hpp>

namespace radlads::cli {

/// Adds them to the program and to all of its commands. RADLADS_CHECK that none goes without.
void add_examples(CLI::App& app);

}  // namespace radlads::cli
