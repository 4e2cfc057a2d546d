// Tables for a terminal.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace radlads::report {

using TextRows = std::vector<std::vector<std::string>>;

std::string spaces(int64_t count);

/// Rows of the same number of cells (clean text of one line) with an empty line after them: the first column
/// to the left, the others to the right.
std::string text_table(const TextRows& rows);

}  // namespace radlads::report
