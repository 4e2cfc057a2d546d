// Text from outside (prompts, what models wrote, names, recipes) made safe to show: every format that a
// report is written in takes UTF-8 without control characters. And tables of such text for a terminal.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace radlads::report {

/// Reads the character of `text`, which must not be empty, and removes it from the front. Each maximal
/// part that is not UTF-8 comes out as one U+FFFD.
char32_t take_character(std::string_view& text);

/// `text` as UTF-8: line ends as "\n", tabs kept; other control characters, non-characters and bytes that are
/// not UTF-8 replaced by U+FFFD.
std::string clean_text(std::string_view text);

/// clean_text on one line: every run of white space becomes one space, none at the ends.
std::string one_line(std::string_view text);

/// Columns that clean text takes on a terminal: two for East Asian wide characters and pictographs, else one.
int64_t columns(std::string_view text);

/// The longest prefix of clean text that takes at most `width` columns.
std::string_view fitting_prefix(std::string_view text, int64_t width);

using TextRows = std::vector<std::vector<std::string>>;

std::string spaces(int64_t count);

/// Rows of the same number of cells (clean text of one line) with an empty line after them: the first column
/// to the left, the others to the right.
std::string text_table(const TextRows& rows);

}  // namespace radlads::report
