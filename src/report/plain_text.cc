#include "report/plain_text.h"

#include <algorithm>
#include <array>
#include <utility>

namespace radlads::report {
namespace {

constexpr char32_t kReplacement = 0xFFFD;
constexpr std::string_view kReplacementBytes = "\xEF\xBF\xBD";

/// Bytes of a character by its first byte; 0 for a byte that begins none.
size_t length_of(uint8_t lead) {
  if (lead < 0x80) return 1;
  if (lead < 0xC2) return 0;
  if (lead < 0xE0) return 2;
  if (lead < 0xF0) return 3;
  return lead < 0xF5 ? 4 : 0;
}

/// Whether Unicode has `character`, encoded in `length` bytes: no surrogate, no overlong form.
bool is_sound(char32_t character, size_t length) {
  constexpr std::array<char32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
  return character >= kSmallest[length] && character <= 0x10FFFF &&
         (character < 0xD800 || character > 0xDFFF);
}

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
  const auto lead = static_cast<uint8_t>(text.front());
  const size_t length = length_of(lead);
  char32_t character = length <= 1 ? lead : lead & (0xFFu >> (length + 1));
  bool sound = length != 0 && length <= text.size();
  for (size_t i = 1; sound && i < length; ++i) {
    const auto byte = static_cast<uint8_t>(text[i]);
    sound = (byte & 0xC0u) == 0x80u;
    character = character << 6 | (byte & 0x3Fu);
  }
  sound = sound && is_sound(character, length);
  text.remove_prefix(sound ? length : 1);
  return sound ? character : kReplacement;
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
      clean += is_shown(character) && character != kReplacement ? bytes : kReplacementBytes;
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

}  // namespace radlads::report
