#include "text/case_mapping.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include <utf8proc.h>

#include "core/error.h"
#include "core/utf8.h"
#include "text/unicode.h"

namespace radlads::text {
namespace {

constexpr char32_t kDottedI = 0x130, kSigma = 0x3A3, kFinalSigma = 0x3C2;

using Mapping = utf8proc_int32_t (*)(utf8proc_int32_t);

char32_t mapped(Mapping mapping, char32_t character) {
  return static_cast<char32_t>(mapping(static_cast<utf8proc_int32_t>(character)));
}

struct LongCase {
  char32_t character;
  std::string_view upper, title;
};

// The characters whose upper or title case is several: the unconditional mappings of SpecialCasing.txt 14.0.
// clang-format off
constexpr LongCase kLongCases[] = {
    {0xDF, "SS", "Ss"}, {0x149, "\u02BCN", "\u02BCN"}, {0x1F0, "J\u030C", "J\u030C"},
    {0x390, "\u0399\u0308\u0301", "\u0399\u0308\u0301"},
    {0x3B0, "\u03A5\u0308\u0301", "\u03A5\u0308\u0301"}, {0x587, "\u0535\u0552", "\u0535\u0582"},
    {0x1E96, "H\u0331", "H\u0331"}, {0x1E97, "T\u0308", "T\u0308"}, {0x1E98, "W\u030A", "W\u030A"},
    {0x1E99, "Y\u030A", "Y\u030A"}, {0x1E9A, "A\u02BE", "A\u02BE"},
    {0x1F50, "\u03A5\u0313", "\u03A5\u0313"}, {0x1F52, "\u03A5\u0313\u0300", "\u03A5\u0313\u0300"},
    {0x1F54, "\u03A5\u0313\u0301", "\u03A5\u0313\u0301"},
    {0x1F56, "\u03A5\u0313\u0342", "\u03A5\u0313\u0342"}, {0x1F80, "\u1F08\u0399", "\u1F88"},
    {0x1F81, "\u1F09\u0399", "\u1F89"}, {0x1F82, "\u1F0A\u0399", "\u1F8A"},
    {0x1F83, "\u1F0B\u0399", "\u1F8B"}, {0x1F84, "\u1F0C\u0399", "\u1F8C"},
    {0x1F85, "\u1F0D\u0399", "\u1F8D"}, {0x1F86, "\u1F0E\u0399", "\u1F8E"},
    {0x1F87, "\u1F0F\u0399", "\u1F8F"}, {0x1F88, "\u1F08\u0399", "\u1F88"},
    {0x1F89, "\u1F09\u0399", "\u1F89"}, {0x1F8A, "\u1F0A\u0399", "\u1F8A"},
    {0x1F8B, "\u1F0B\u0399", "\u1F8B"}, {0x1F8C, "\u1F0C\u0399", "\u1F8C"},
    {0x1F8D, "\u1F0D\u0399", "\u1F8D"}, {0x1F8E, "\u1F0E\u0399", "\u1F8E"},
    {0x1F8F, "\u1F0F\u0399", "\u1F8F"}, {0x1F90, "\u1F28\u0399", "\u1F98"},
    {0x1F91, "\u1F29\u0399", "\u1F99"}, {0x1F92, "\u1F2A\u0399", "\u1F9A"},
    {0x1F93, "\u1F2B\u0399", "\u1F9B"}, {0x1F94, "\u1F2C\u0399", "\u1F9C"},
    {0x1F95, "\u1F2D\u0399", "\u1F9D"}, {0x1F96, "\u1F2E\u0399", "\u1F9E"},
    {0x1F97, "\u1F2F\u0399", "\u1F9F"}, {0x1F98, "\u1F28\u0399", "\u1F98"},
    {0x1F99, "\u1F29\u0399", "\u1F99"}, {0x1F9A, "\u1F2A\u0399", "\u1F9A"},
    {0x1F9B, "\u1F2B\u0399", "\u1F9B"}, {0x1F9C, "\u1F2C\u0399", "\u1F9C"},
    {0x1F9D, "\u1F2D\u0399", "\u1F9D"}, {0x1F9E, "\u1F2E\u0399", "\u1F9E"},
    {0x1F9F, "\u1F2F\u0399", "\u1F9F"}, {0x1FA0, "\u1F68\u0399", "\u1FA8"},
    {0x1FA1, "\u1F69\u0399", "\u1FA9"}, {0x1FA2, "\u1F6A\u0399", "\u1FAA"},
    {0x1FA3, "\u1F6B\u0399", "\u1FAB"}, {0x1FA4, "\u1F6C\u0399", "\u1FAC"},
    {0x1FA5, "\u1F6D\u0399", "\u1FAD"}, {0x1FA6, "\u1F6E\u0399", "\u1FAE"},
    {0x1FA7, "\u1F6F\u0399", "\u1FAF"}, {0x1FA8, "\u1F68\u0399", "\u1FA8"},
    {0x1FA9, "\u1F69\u0399", "\u1FA9"}, {0x1FAA, "\u1F6A\u0399", "\u1FAA"},
    {0x1FAB, "\u1F6B\u0399", "\u1FAB"}, {0x1FAC, "\u1F6C\u0399", "\u1FAC"},
    {0x1FAD, "\u1F6D\u0399", "\u1FAD"}, {0x1FAE, "\u1F6E\u0399", "\u1FAE"},
    {0x1FAF, "\u1F6F\u0399", "\u1FAF"}, {0x1FB2, "\u1FBA\u0399", "\u1FBA\u0345"},
    {0x1FB3, "\u0391\u0399", "\u1FBC"}, {0x1FB4, "\u0386\u0399", "\u0386\u0345"},
    {0x1FB6, "\u0391\u0342", "\u0391\u0342"}, {0x1FB7, "\u0391\u0342\u0399", "\u0391\u0342\u0345"},
    {0x1FBC, "\u0391\u0399", "\u1FBC"}, {0x1FC2, "\u1FCA\u0399", "\u1FCA\u0345"},
    {0x1FC3, "\u0397\u0399", "\u1FCC"}, {0x1FC4, "\u0389\u0399", "\u0389\u0345"},
    {0x1FC6, "\u0397\u0342", "\u0397\u0342"}, {0x1FC7, "\u0397\u0342\u0399", "\u0397\u0342\u0345"},
    {0x1FCC, "\u0397\u0399", "\u1FCC"}, {0x1FD2, "\u0399\u0308\u0300", "\u0399\u0308\u0300"},
    {0x1FD3, "\u0399\u0308\u0301", "\u0399\u0308\u0301"}, {0x1FD6, "\u0399\u0342", "\u0399\u0342"},
    {0x1FD7, "\u0399\u0308\u0342", "\u0399\u0308\u0342"},
    {0x1FE2, "\u03A5\u0308\u0300", "\u03A5\u0308\u0300"},
    {0x1FE3, "\u03A5\u0308\u0301", "\u03A5\u0308\u0301"}, {0x1FE4, "\u03A1\u0313", "\u03A1\u0313"},
    {0x1FE6, "\u03A5\u0342", "\u03A5\u0342"}, {0x1FE7, "\u03A5\u0308\u0342", "\u03A5\u0308\u0342"},
    {0x1FF2, "\u1FFA\u0399", "\u1FFA\u0345"}, {0x1FF3, "\u03A9\u0399", "\u1FFC"},
    {0x1FF4, "\u038F\u0399", "\u038F\u0345"}, {0x1FF6, "\u03A9\u0342", "\u03A9\u0342"},
    {0x1FF7, "\u03A9\u0342\u0399", "\u03A9\u0342\u0345"}, {0x1FFC, "\u03A9\u0399", "\u1FFC"},
    {0xFB00, "FF", "Ff"}, {0xFB01, "FI", "Fi"}, {0xFB02, "FL", "Fl"}, {0xFB03, "FFI", "Ffi"},
    {0xFB04, "FFL", "Ffl"}, {0xFB05, "ST", "St"}, {0xFB06, "ST", "St"},
    {0xFB13, "\u0544\u0546", "\u0544\u0576"}, {0xFB14, "\u0544\u0535", "\u0544\u0565"},
    {0xFB15, "\u0544\u053B", "\u0544\u056B"}, {0xFB16, "\u054E\u0546", "\u054E\u0576"},
    {0xFB17, "\u0544\u053D", "\u0544\u056D"}};
// clang-format on

const LongCase* long_case(char32_t character) {
  if (character < kLongCases[0].character) return nullptr;
  const auto* found =
      std::lower_bound(std::begin(kLongCases), std::end(kLongCases), character,
                       [](const LongCase& row, char32_t wanted) { return row.character < wanted; });
  return found != std::end(kLongCases) && found->character == character ? found : nullptr;
}

void append_upper(char32_t character, std::string& out) {
  if (const LongCase* several = long_case(character)) {
    out += several->upper;
  } else {
    append_utf8(mapped(utf8proc_toupper, character), out);
  }
}

void append_title(char32_t character, std::string& out) {
  if (const LongCase* several = long_case(character)) {
    out += several->title;
  } else {
    append_utf8(mapped(utf8proc_totitle, character), out);
  }
}

struct Range {
  char32_t first, last;
};

// The property Cased: letters of one case, and what looks like one (DerivedCoreProperties.txt 14.0).
bool is_cased(char32_t character) {
  constexpr auto kOthers = std::to_array<Range>(
      {{0xAA, 0xAA},       {0xBA, 0xBA},       {0x2B0, 0x2B8},     {0x2C0, 0x2C1},     {0x2E0, 0x2E4},
       {0x345, 0x345},     {0x37A, 0x37A},     {0x1D2C, 0x1D6A},   {0x1D78, 0x1D78},   {0x1D9B, 0x1DBF},
       {0x2071, 0x2071},   {0x207F, 0x207F},   {0x2090, 0x209C},   {0x2160, 0x217F},   {0x24B6, 0x24E9},
       {0x2C7C, 0x2C7D},   {0xA69C, 0xA69D},   {0xA770, 0xA770},   {0xA7F8, 0xA7F9},   {0xAB5C, 0xAB5F},
       {0x10780, 0x10780}, {0x10783, 0x10785}, {0x10787, 0x107B0}, {0x107B2, 0x107BA}, {0x1F130, 0x1F149},
       {0x1F150, 0x1F169}, {0x1F170, 0x1F189}});
  const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(character));
  if (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LT) return true;
  return std::any_of(kOthers.begin(), kOthers.end(), [character](const Range& range) {
    return character >= range.first && character <= range.last;
  });
}

// Case_Ignorable of Unicode: marks, modifiers, format characters, and what occurs within words.
bool is_case_ignorable(char32_t character) {
  constexpr auto kWithinWords =
      std::to_array<char32_t>({'\'', '.', ':', 0xB7, 0x387, 0x55F, 0x5F4, 0x2018, 0x2019, 0x2024, 0x2027,
                               0xFE13, 0xFE52, 0xFE55, 0xFF07, 0xFF0E, 0xFF1A});
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(character))) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_SK:
      return true;
    default:
      return std::find(kWithinWords.begin(), kWithinWords.end(), character) != kWithinWords.end();
  }
}

bool begins_with_cased(std::string_view rest) {
  for (size_t i = 0; i < rest.size();) {
    const char32_t character = next_character(rest, i);
    if (!is_case_ignorable(character)) return is_cased(character);
  }
  return false;
}

// Lower case of a text from some character on.
class LowerCase {
 public:
  /// `rest` is what follows `character`.
  void append(char32_t character, std::string_view rest, std::string& out) {
    if (character == kDottedI) {
      out += "i\u0307";
    } else if (character == kSigma && follows_cased_ && !begins_with_cased(rest)) {
      append_utf8(kFinalSigma, out);
    } else {
      append_utf8(mapped(utf8proc_tolower, character), out);
    }
    see(character);
  }

  void see(char32_t character) {
    if (!is_case_ignorable(character)) follows_cased_ = is_cased(character);
  }

 private:
  bool follows_cased_ = false;  // except ignorable characters
};

enum class Case : uint8_t { kNone, kUpper, kLower, kTitle };

Case case_of(char32_t c) {
  const auto is_within = [c](char32_t first, char32_t last) { return c >= first && c <= last; };
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(c))) {
    case UTF8PROC_CATEGORY_LU:
      return Case::kUpper;
    case UTF8PROC_CATEGORY_LL:
      return Case::kLower;
    case UTF8PROC_CATEGORY_LT:
      return Case::kTitle;
    default:  // Other_Uppercase and Other_Lowercase: Roman numerals, circled letters, modifiers
      if (is_within(0x2160, 0x216F) || is_within(0x24B6, 0x24CF)) return Case::kUpper;
      if (is_within(0x2170, 0x217F) || is_within(0x24D0, 0x24E9) || c == 0xAA || c == 0xBA)
        return Case::kLower;
      return is_within(0x2B0, 0x2B8) || is_within(0x1D2C, 0x1D6A) ? Case::kLower : Case::kNone;
  }
}

}  // namespace

std::string to_upper(std::string_view valid) {
  std::string upper;
  for (size_t i = 0; i < valid.size();) append_upper(next_character(valid, i), upper);
  return upper;
}

std::string to_lower(std::string_view valid) {
  std::string lower;
  LowerCase state;
  for (size_t i = 0; i < valid.size();) {
    const char32_t character = next_character(valid, i);
    state.append(character, valid.substr(i), lower);
  }
  return lower;
}

std::string capitalized(std::string_view valid) {
  std::string result;
  LowerCase state;
  for (size_t i = 0; i < valid.size();) {
    const bool is_first = i == 0;
    const char32_t character = next_character(valid, i);
    if (is_first) {
      append_title(character, result);
      state.see(character);
    } else {
      state.append(character, valid.substr(i), result);
    }
  }
  return result;
}

std::string to_title(std::string_view valid) {
  std::string result;
  LowerCase state;
  bool within_word = false;
  for (size_t i = 0; i < valid.size();) {
    const char32_t character = next_character(valid, i);
    if (within_word) {
      state.append(character, valid.substr(i), result);
    } else {
      append_title(character, result);
      state.see(character);
    }
    within_word = is_cased(character);
  }
  return result;
}

bool is_in_case(std::string_view valid, bool upper) {
  bool is_cased = false;
  for (size_t i = 0; i < valid.size();) {
    const char32_t character = next_character(valid, i);
    const Case is = case_of(character);
    if (is != Case::kNone && is != (upper ? Case::kUpper : Case::kLower)) return false;
    is_cased |= is != Case::kNone;
  }
  return is_cased;
}

std::string swapped_case(std::string_view valid) {
  std::string swapped;
  for (size_t i = 0; i < valid.size();) {
    const size_t begin = i;
    const Case is = case_of(next_character(valid, i));
    const std::string_view character = valid.substr(begin, i - begin);
    swapped += is == Case::kUpper   ? to_lower(character)
               : is == Case::kLower ? to_upper(character)
                                    : std::string(character);
  }
  return swapped;
}

std::string case_folded(std::string_view valid) {
  utf8proc_uint8_t* folded = nullptr;
  const auto length = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(valid.data()),
                                   static_cast<utf8proc_ssize_t>(valid.size()), &folded, UTF8PROC_CASEFOLD);
  RADLADS_CHECK(length >= 0, "case folding: {}", utf8proc_errmsg(length));
  std::string text(reinterpret_cast<const char*>(folded), static_cast<size_t>(length));
  std::free(folded);
  return text;
}

}  // namespace radlads::text
