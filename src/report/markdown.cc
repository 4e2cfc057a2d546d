#include "report/markdown.h"

#include <algorithm>

#include "report/plain_text.h"

namespace radlads::report {
namespace {

constexpr std::string_view kMarkup = "\\`*_{}[]<>#|~&$";

std::string row(const std::vector<std::string>& cells) {
  std::string line = "|";
  for (const std::string& cell : cells) line += " " + cell + " |";
  return line + "\n";
}

std::vector<std::string> escaped(std::vector<std::string> cells) {
  for (std::string& cell : cells) cell = markdown_text(cell);
  return cells;
}

size_t longest_run(std::string_view text, char wanted) {
  size_t longest = 0, run = 0;
  for (const char c : text) {
    run = c == wanted ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

}  // namespace

std::string markdown_text(std::string_view text) {
  std::string escaped;
  for (const char c : one_line(text)) {
    if (kMarkup.find(c) != std::string_view::npos) escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string fenced(std::string_view language, std::string_view text) {
  const std::string code = clean_text(text);
  const std::string fence(std::max<size_t>(3, longest_run(code, '`') + 1), '`');
  return fence + std::string(language) + "\n" + code + (code.ends_with('\n') ? "" : "\n") + fence + "\n";
}

std::string markdown_table(const std::vector<std::string>& columns,
                           const std::vector<std::vector<std::string>>& rows) {
  std::string table = row(escaped(columns)) + "|---|";
  for (size_t i = 1; i < columns.size(); ++i) table += "---:|";
  table += "\n";
  for (const std::vector<std::string>& cells : rows) table += row(escaped(cells));
  return table;
}

std::string quoted(std::string_view text) {
  std::string string = "\"";
  for (const char c : one_line(text)) {
    if (c == '"' || c == '\\') string += '\\';
    string += c;
  }
  return string + "\"";
}

std::string shell_word(std::string_view text) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";
  std::string line = one_line(text);
  if (!line.empty() && line.find_first_not_of(kPlain) == std::string::npos) return line;
  std::string word = "'";
  for (const char c : line) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

}  // namespace radlads::report
