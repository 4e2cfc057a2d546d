#include "report/plain_text.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/utf8.h"

namespace radlads::report {
namespace {

constexpr char32_t kReplacement = 0xFFFD;
constexpr int64_t kGap = 3;  // between columns

bool is_shown(char32_t character) {
  if (character == '\n' || character == '\t') return true;
  const bool control = character < 0x20 || (character >= 0x7F && character < 0xA0);
  const bool noncharacter = (character & 0xFFFE) == 0xFFFE || (character >= 0xFDD0 && character <= 0xFDEF);
  return !control && !noncharacter;
}

bool is_wide(char32_t character) {
  // The blocks of Unicode's East Asian Width W and F, and the pictographs.
  constexpr std::array<std::pair<char32_t, char32_t>, 9> kWide = {{{0x1100, 0x115F},
                                                                   {0x2E80, 0x303E},
                                                                   {0x3041, 0xA4CF},
                                                                   {0xAC00, 0xD7A3},
                                                                   {0xF900, 0xFAFF},
                                                                   {0xFE30, 0xFE6F},
                                                                   {0xFF00, 0xFF60},
                                                                   {0x1F300, 0x1FAFF},
                                                                   {0x20000, 0x3FFFD}}};
  return std::any_of(kWide.begin(), kWide.end(), [&](const auto& range) {
    return character >= range.first && character <= range.second;
  });
}

}  // namespace

char32_t take_character(std::string_view& text) {
  const Utf8Part part = read_utf8(text);
  text.remove_prefix(part.length);
  return part.status == Utf8Status::kValid ? part.character : kReplacement;
}

std::string clean_text(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  while (!text.empty()) {
    const std::string_view before = text;
    const char32_t character = take_character(text);
    const std::string_view bytes = before.substr(0, before.size() - text.size());
    if (character == '\r') {
      if (!text.starts_with('\n')) clean += '\n';
    } else {
      clean += is_shown(character) && character != kReplacement ? bytes : kReplacementCharacter;
    }
  }
  return clean;
}

std::string one_line(std::string_view text) {
  std::string line;
  bool space = false;
  for (const char c : clean_text(text)) {
    if (c == ' ' || c == '\n' || c == '\t') {
      space = !line.empty();
      continue;
    }
    if (space) line += ' ';
    space = false;
    line += c;
  }
  return line;
}

int64_t columns(std::string_view text) {
  int64_t count = 0;
  while (!text.empty()) count += is_wide(take_character(text)) ? 2 : 1;
  return count;
}

std::string_view fitting_prefix(std::string_view text, int64_t width) {
  std::string_view rest = text;
  size_t size = 0;
  while (!rest.empty()) {
    width -= is_wide(take_character(rest)) ? 2 : 1;
    if (width < 0) break;
    size = text.size() - rest.size();
  }
  return text.substr(0, size);
}

std::string spaces(int64_t count) {
  return std::string(static_cast<size_t>(std::max<int64_t>(0, count)), ' ');
}

std::string text_table(const TextRows& rows) {
  std::vector<int64_t> widths(rows.front().size());
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], columns(row[i]));
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line = row[0];
    int64_t column = 0;
    for (size_t i = 1; i < row.size(); ++i) {
      column += widths[i - 1] + kGap;
      if (row[i].empty()) continue;
      line += spaces(column + widths[i] - columns(row[i]) - columns(line)) + row[i];
    }
    text += line + "\n";
  }
  return text + "\n";
}

}  // namespace radlads::report
