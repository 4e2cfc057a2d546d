#include "text/unicode.h"

#include <algorithm>
#include <array>
#include <vector>

#include <utf8proc.h>

#include "core/error.h"
#include "core/utf8.h"

namespace radlads::text {
namespace {

utf8proc_category_t category_of(char32_t character) {
  return utf8proc_category(static_cast<utf8proc_int32_t>(character));
}

struct Block {
  char32_t first, last;
};

bool contains(const Block& block, char32_t character) {
  return character >= block.first && character <= block.last;
}

// Symbols with the property Other_Alphabetic (PropList.txt): circled and squared letters.
constexpr auto kAlphabeticSymbols =
    std::to_array<Block>({{0x24B6, 0x24E9}, {0x1F130, 0x1F149}, {0x1F150, 0x1F169}, {0x1F170, 0x1F189}});

// Digits that are not of category Nd (Numeric_Type=Digit in DerivedNumericType.txt).
constexpr auto kOtherDigits = std::to_array<Block>(
    {{0xB2, 0xB3},     {0xB9, 0xB9},       {0x1369, 0x1371},   {0x19DA, 0x19DA},   {0x2070, 0x2070},
     {0x2074, 0x2079}, {0x2080, 0x2089},   {0x2460, 0x2468},   {0x2474, 0x247C},   {0x2488, 0x2490},
     {0x24EA, 0x24EA}, {0x24F5, 0x24FD},   {0x24FF, 0x24FF},   {0x2776, 0x277E},   {0x2780, 0x2788},
     {0x278A, 0x2792}, {0x10A40, 0x10A43}, {0x10E60, 0x10E68}, {0x11052, 0x1105A}, {0x1F100, 0x1F10A}});

// Characters that NFC leaves alone whatever stands before them (NFC_Quick_Check=Yes and combining class 0),
// in the blocks that running text is made of. Text made of them alone needs no further look.
constexpr auto kStableBlocks = std::to_array<Block>({
    {0x0000, 0x02FF},    // Latin
    {0x0400, 0x0482},    // Cyrillic
    {0x1E00, 0x1EFF},    // Latin with diacritics
    {0x2010, 0x2027},    // general punctuation
    {0x3001, 0x3029},    // CJK punctuation
    {0x3041, 0x3096},    // Hiragana
    {0x30A0, 0x30FF},    // Katakana
    {0x3400, 0x9FFF},    // CJK ideographs
    {0xAC00, 0xD7A3},    // Hangul syllables
    {0xFF01, 0xFFEE},    // full-width and half-width forms
    {0x1F000, 0x1FAFF},  // pictographs
});

bool is_stable(char32_t character) {
  return std::any_of(kStableBlocks.begin(), kStableBlocks.end(),
                     [character](const Block& block) { return contains(block, character); });
}

using Characters = std::vector<utf8proc_int32_t>;

void append_decomposed(char32_t character, int options, Characters& out) {
  std::array<utf8proc_int32_t, 32> buffer;  // the longest decomposition has 18
  int boundary_class = 0;
  const utf8proc_ssize_t length =
      utf8proc_decompose_char(static_cast<utf8proc_int32_t>(character), buffer.data(), buffer.size(),
                              static_cast<utf8proc_option_t>(options), &boundary_class);
  RADLADS_CHECK(length >= 0 && length <= std::ssize(buffer), "decomposition of {:#x}", uint32_t{character});
  out.insert(out.end(), buffer.begin(), buffer.begin() + length);
}

int combining_class(utf8proc_int32_t character) { return utf8proc_get_property(character)->combining_class; }

// The canonical ordering of Unicode 16, section 3.11. utf8proc's own takes time quadratic in the number of
// marks in a row.
void sort_marks(Characters& characters) {
  const auto is_mark = [](utf8proc_int32_t c) { return combining_class(c) != 0; };
  const auto is_lower = [](utf8proc_int32_t a, utf8proc_int32_t b) {
    return combining_class(a) < combining_class(b);
  };
  for (auto begin = characters.begin(); begin != characters.end();) {
    begin = std::find_if(begin, characters.end(), is_mark);
    const auto end = std::find_if_not(begin, characters.end(), is_mark);
    std::stable_sort(begin, end, is_lower);
    begin = end;
  }
}

std::string map(std::string_view valid, int options) {
  options |= UTF8PROC_STABLE;
  Characters characters;
  characters.reserve(valid.size());
  for (size_t i = 0; i < valid.size();) append_decomposed(next_character(valid, i), options, characters);
  sort_marks(characters);
  const utf8proc_ssize_t length = utf8proc_normalize_utf32(characters.data(), std::ssize(characters),
                                                           static_cast<utf8proc_option_t>(options));
  RADLADS_CHECK(length >= 0, "{}", utf8proc_errmsg(length));
  std::string result;
  result.reserve(valid.size());
  for (utf8proc_ssize_t i = 0; i < length; ++i) append_utf8(static_cast<char32_t>(characters[i]), result);
  return result;
}

// Composes only where characters that are not stable stand, each such stretch with the character before it,
// which a mark may join.
std::string to_nfc(std::string_view valid) {
  std::string result;
  result.reserve(valid.size());
  size_t done = 0, previous = 0;
  for (size_t i = 0; i < valid.size();) {
    const size_t begin = i;
    if (is_stable(next_character(valid, i))) {
      previous = begin;
      continue;
    }
    const size_t stretch = std::max(previous, done);
    size_t end = i;
    while (i < valid.size() && !is_stable(next_character(valid, i))) end = i;
    result += valid.substr(done, stretch - done);
    result += map(valid.substr(stretch, end - stretch), UTF8PROC_COMPOSE);
    done = previous = i = end;
  }
  result += valid.substr(done);
  return result;
}

}  // namespace

bool is_white_space(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

bool is_number(char32_t character) {
  const auto category = category_of(character);
  return category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO;
}

bool is_mark(char32_t character) {
  const auto category = category_of(character);
  return category >= UTF8PROC_CATEGORY_MN && category <= UTF8PROC_CATEGORY_ME;
}

bool is_word(char32_t character) {
  const auto category = category_of(character);
  if (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NL)
    return true;  // letters, marks, Nd, Nl
  if (category == UTF8PROC_CATEGORY_PC || character == 0x200C || character == 0x200D) return true;
  return std::any_of(kAlphabeticSymbols.begin(), kAlphabeticSymbols.end(),
                     [character](const Block& block) { return contains(block, character); });
}

bool is_digit(char32_t character) {
  if (category_of(character) == UTF8PROC_CATEGORY_ND) return true;
  return std::any_of(kOtherDigits.begin(), kOtherDigits.end(),
                     [character](const Block& block) { return contains(block, character); });
}

bool is_printable(char32_t character) {
  switch (category_of(character)) {
    case UTF8PROC_CATEGORY_ZS:
      return character == ' ';
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
      return false;
    default:
      return true;
  }
}

std::string lower_case(std::string_view valid) {
  std::string result;
  result.reserve(valid.size());
  for (size_t i = 0; i < valid.size();) {
    const char32_t character = next_character(valid, i);
    if (character == 0x130) {
      result += "i\u0307";  // the only character whose full lower case is longer (SpecialCasing.txt)
    } else {
      append_utf8(static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(character))), result);
    }
  }
  return result;
}

std::string to_form(std::string valid, UnicodeForm form) {
  if (is_ascii(valid)) return valid;
  switch (form) {
    case UnicodeForm::kNfc:
      return to_nfc(valid);
    case UnicodeForm::kNfd:
      return map(valid, UTF8PROC_DECOMPOSE);
    case UnicodeForm::kNfkc:
      return map(valid, UTF8PROC_COMPOSE | UTF8PROC_COMPAT);
    case UnicodeForm::kNfkd:
      return map(valid, UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT);
  }
  return valid;
}

}  // namespace radlads::text
