// Small blocks of Markdown as the Hugging Face hub reads it, and the quoting of what goes into code.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace radlads::report {

/// Text on one line, without meaning as markup.
std::string markdown_text(std::string_view text);

/// Text as a fenced block of code, with a fence longer than any in the text.
std::string fenced(std::string_view language, std::string_view text);

/// Text cells; the first column is aligned to the left, the others to the right.
std::string markdown_table(const std::vector<std::string>& columns,
                           const std::vector<std::vector<std::string>>& rows);

/// Text as a double-quoted string of one line, which YAML and Python read alike.
std::string quoted(std::string_view text);

/// Text of one line as a word of a shell command, quoted where it must be.
std::string shell_word(std::string_view text);

}  // namespace radlads::report
