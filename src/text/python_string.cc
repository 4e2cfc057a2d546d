#include "text/python_string.h"

#include <algorithm>
#include <array>
#include <vector>

#include <utf8proc.h>

#include "core/utf8.h"
#include "text/unicode.h"

namespace radlads::text {
namespace {

// str.isspace() knows these separators beside White_Space.
bool is_space(char32_t c) { return is_white_space(c) || (c >= 0x1C && c <= 0x1F); }

struct Block {
  char32_t first, last;
};

template <size_t N>
bool is_in(const std::array<Block, N>& blocks, char32_t c) {
  return std::any_of(blocks.begin(), blocks.end(),
                     [c](const Block& block) { return c >= block.first && c <= block.last; });
}

utf8proc_category_t category_of(char32_t c) { return utf8proc_category(static_cast<utf8proc_int32_t>(c)); }

/// The property Cased, but for modifier letters, which are Case_Ignorable first.
bool is_cased(char32_t c) {
  constexpr auto kOthers =
      std::to_array<Block>({{0xAA, 0xAA}, {0xBA, 0xBA}, {0x2160, 0x217F}, {0x24B6, 0x24E9}});
  const auto category = category_of(c);
  return (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LT) || is_in(kOthers, c);
}

/// The property Case_Ignorable: marks, formats, modifiers, and punctuation within words.
bool is_case_ignorable(char32_t c) {
  constexpr auto kPunctuation = std::to_array<Block>({{0x27, 0x27},
                                                      {0x2E, 0x2E},
                                                      {0x3A, 0x3A},
                                                      {0xB7, 0xB7},
                                                      {0x387, 0x387},
                                                      {0x55F, 0x55F},
                                                      {0x5F4, 0x5F4},
                                                      {0x2018, 0x2019},
                                                      {0x2024, 0x2024},
                                                      {0x2027, 0x2027},
                                                      {0xFE13, 0xFE13},
                                                      {0xFE52, 0xFE52},
                                                      {0xFE55, 0xFE55},
                                                      {0xFF07, 0xFF07},
                                                      {0xFF0E, 0xFF0E},
                                                      {0xFF1A, 0xFF1A}});
  switch (category_of(c)) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_SK:
      return true;
    default:
      return is_in(kPunctuation, c);
  }
}

std::u32string characters_of(std::string_view valid) {
  std::u32string characters;
  for (size_t i = 0; i < valid.size();) characters += next_character(valid, i);
  return characters;
}

/// Whether the sigma at `position` ends a word (Unicode 16, table 3-17, Final_Sigma).
bool ends_word(std::u32string_view text, size_t position) {
  const auto is_letter_first = [](auto begin, auto end) {
    const auto found = std::find_if_not(begin, end, is_case_ignorable);
    return found != end && is_cased(*found);
  };
  const auto before = text.substr(0, position), after = text.substr(position + 1);
  return is_letter_first(before.rbegin(), before.rend()) && !is_letter_first(after.begin(), after.end());
}

struct UpperCase {
  char32_t character;
  std::string_view text;
};

// What has an upper case of several characters (SpecialCasing.txt), but for U+1F80 to U+1FAF.
constexpr auto kLongUpperCases = std::to_array<UpperCase>({{0x00DF, "SS"},
                                                           {0x0149, "\u02BCN"},
                                                           {0x01F0, "J\u030C"},
                                                           {0x0390, "\u0399\u0308\u0301"},
                                                           {0x03B0, "\u03A5\u0308\u0301"},
                                                           {0x0587, "\u0535\u0552"},
                                                           {0x1E96, "H\u0331"},
                                                           {0x1E97, "T\u0308"},
                                                           {0x1E98, "W\u030A"},
                                                           {0x1E99, "Y\u030A"},
                                                           {0x1E9A, "A\u02BE"},
                                                           {0x1F50, "\u03A5\u0313"},
                                                           {0x1F52, "\u03A5\u0313\u0300"},
                                                           {0x1F54, "\u03A5\u0313\u0301"},
                                                           {0x1F56, "\u03A5\u0313\u0342"},
                                                           {0x1FB2, "\u1FBA\u0399"},
                                                           {0x1FB3, "\u0391\u0399"},
                                                           {0x1FB4, "\u0386\u0399"},
                                                           {0x1FB6, "\u0391\u0342"},
                                                           {0x1FB7, "\u0391\u0342\u0399"},
                                                           {0x1FBC, "\u0391\u0399"},
                                                           {0x1FC2, "\u1FCA\u0399"},
                                                           {0x1FC3, "\u0397\u0399"},
                                                           {0x1FC4, "\u0389\u0399"},
                                                           {0x1FC6, "\u0397\u0342"},
                                                           {0x1FC7, "\u0397\u0342\u0399"},
                                                           {0x1FCC, "\u0397\u0399"},
                                                           {0x1FD2, "\u0399\u0308\u0300"},
                                                           {0x1FD3, "\u0399\u0308\u0301"},
                                                           {0x1FD6, "\u0399\u0342"},
                                                           {0x1FD7, "\u0399\u0308\u0342"},
                                                           {0x1FE2, "\u03A5\u0308\u0300"},
                                                           {0x1FE3, "\u03A5\u0308\u0301"},
                                                           {0x1FE4, "\u03A1\u0313"},
                                                           {0x1FE6, "\u03A5\u0342"},
                                                           {0x1FE7, "\u03A5\u0308\u0342"},
                                                           {0x1FF2, "\u1FFA\u0399"},
                                                           {0x1FF3, "\u03A9\u0399"},
                                                           {0x1FF4, "\u038F\u0399"},
                                                           {0x1FF6, "\u03A9\u0342"},
                                                           {0x1FF7, "\u03A9\u0342\u0399"},
                                                           {0x1FFC, "\u03A9\u0399"},
                                                           {0xFB00, "FF"},
                                                           {0xFB01, "FI"},
                                                           {0xFB02, "FL"},
                                                           {0xFB03, "FFI"},
                                                           {0xFB04, "FFL"},
                                                           {0xFB05, "ST"},
                                                           {0xFB06, "ST"},
                                                           {0xFB13, "\u0544\u0546"},
                                                           {0xFB14, "\u0544\u0535"},
                                                           {0xFB15, "\u0544\u053B"},
                                                           {0xFB16, "\u054E\u0546"},
                                                           {0xFB17, "\u0544\u053D"}});

void append_upper(char32_t c, std::string& out) {
  if (c >= 0x1F80 && c <= 0x1FAF) {
    // Greek with an iota below, which becomes a letter of its own.
    constexpr std::array<char32_t, 3> kCapitals = {0x1F08, 0x1F28, 0x1F68};
    append_utf8(kCapitals[(c - 0x1F80) / 16] + (c & 7), out);
    out += "\u0399";
    return;
  }
  const auto special = std::find_if(kLongUpperCases.begin(), kLongUpperCases.end(),
                                    [c](const UpperCase& entry) { return entry.character == c; });
  if (special != kLongUpperCases.end()) {
    out += special->text;
  } else {
    append_utf8(static_cast<char32_t>(utf8proc_toupper(static_cast<utf8proc_int32_t>(c))), out);
  }
}

}  // namespace

std::string_view python_strip(std::string_view valid) {
  size_t begin = 0, end = 0;  // of what is kept
  bool is_kept = false;
  for (size_t i = 0; i < valid.size();) {
    const size_t position = i;
    if (is_space(next_character(valid, i))) continue;
    if (!is_kept) begin = position;
    is_kept = true;
    end = i;
  }
  return valid.substr(begin, end - begin);
}

std::string python_lower(std::string_view valid) {
  constexpr std::string_view kSigma = "\u03A3";
  if (valid.find(kSigma) == std::string_view::npos) return lower_case(valid);
  std::u32string characters = characters_of(valid);
  for (size_t i = 0; i < characters.size(); ++i) {
    if (characters[i] == 0x3A3 && ends_word(characters, i)) characters[i] = 0x3C2;
  }
  std::string text;
  for (const char32_t c : characters) append_utf8(c, text);
  return lower_case(text);
}

std::string python_upper(std::string_view valid) {
  std::string result;
  result.reserve(valid.size());
  for (size_t i = 0; i < valid.size();) append_upper(next_character(valid, i), result);
  return result;
}

}  // namespace radlads::text
