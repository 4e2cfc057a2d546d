#include "text/unicode.h"

#include <algorithm>
#include <array>

#include <utf8proc.h>

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

// Of category N since Unicode 16 or 17, which utf8proc (15.0) does not know.
constexpr auto kNewerNumbers = std::to_array<Block>({{0x10D40, 0x10D49},
                                                     {0x116D0, 0x116E3},
                                                     {0x11BF0, 0x11BF9},
                                                     {0x11DE0, 0x11DE9},
                                                     {0x16130, 0x16139},
                                                     {0x16D70, 0x16D79},
                                                     {0x16FF4, 0x16FF6},
                                                     {0x1CCF0, 0x1CCF9},
                                                     {0x1E5F1, 0x1E5FA}});

// Contain the characters of category P that came after Unicode 8.0 (and none that came before).
constexpr auto kNewerPunctuation = std::to_array<Block>({{0x61D, 0x61D},
                                                         {0x9FD, 0xA76},
                                                         {0xC77, 0xC84},
                                                         {0x1B7D, 0x1B7E},
                                                         {0x2E43, 0x2E5D},
                                                         {0x10EAD, 0x10F89},
                                                         {0x1144B, 0x1145D},
                                                         {0x11660, 0x116B9},
                                                         {0x1183B, 0x11FFF},
                                                         {0x12FF1, 0x12FF2},
                                                         {0x16E97, 0x16FE2},
                                                         {0x1E95E, 0x1E95F}});

template <size_t N>
bool any_contains(const std::array<Block, N>& blocks, char32_t character) {
  return std::any_of(blocks.begin(), blocks.end(),
                     [character](const Block& block) { return contains(block, character); });
}

// Digits that are not of category Nd (Numeric_Type=Digit in DerivedNumericType.txt).
constexpr auto kOtherDigits = std::to_array<Block>(
    {{0xB2, 0xB3},     {0xB9, 0xB9},       {0x1369, 0x1371},   {0x19DA, 0x19DA},   {0x2070, 0x2070},
     {0x2074, 0x2079}, {0x2080, 0x2089},   {0x2460, 0x2468},   {0x2474, 0x247C},   {0x2488, 0x2490},
     {0x24EA, 0x24EA}, {0x24F5, 0x24FD},   {0x24FF, 0x24FF},   {0x2776, 0x277E},   {0x2780, 0x2788},
     {0x278A, 0x2792}, {0x10A40, 0x10A43}, {0x10E60, 0x10E68}, {0x11052, 0x1105A}, {0x1F100, 0x1F10A}});

// Letters of Unicode 16 and 17 with a lower case, which utf8proc (15.0) does not know.
struct Lowered {
  Block upper;
  char32_t first_lower;
};
constexpr auto kNewerLetters = std::to_array<Lowered>({{{0x1C89, 0x1C89}, 0x1C8A},
                                                       {{0xA7CB, 0xA7CB}, 0x0264},
                                                       {{0xA7CC, 0xA7CC}, 0xA7CD},
                                                       {{0xA7CE, 0xA7CE}, 0xA7CF},
                                                       {{0xA7D2, 0xA7D2}, 0xA7D3},
                                                       {{0xA7D4, 0xA7D4}, 0xA7D5},
                                                       {{0xA7DA, 0xA7DA}, 0xA7DB},
                                                       {{0xA7DC, 0xA7DC}, 0x019B},
                                                       {{0x10D50, 0x10D65}, 0x10D70},
                                                       {{0x16EA0, 0x16EB8}, 0x16EBB}});

char32_t lower_of(char32_t character) {
  if (character >= kNewerLetters.front().upper.first) {
    for (const Lowered& letters : kNewerLetters) {
      if (contains(letters.upper, character)) return letters.first_lower + (character - letters.upper.first);
    }
  }
  return static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(character)));
}

}  // namespace

bool is_white_space(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

bool is_number(char32_t character) {
  const auto category = category_of(character);
  if (category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO) return true;
  return character >= kNewerNumbers.front().first && any_contains(kNewerNumbers, character);
}

bool is_punctuation(char32_t character) {
  if (character < 0x80) {
    return (character > ' ' && character < '0') || (character > '9' && character < 'A') ||
           (character > 'Z' && character < 'a') || (character > 'z' && character < 0x7F);
  }
  // Meanwhile other symbols and marks.
  if (character == 0x166D || character == 0x111C9) return true;
  const auto category = category_of(character);
  return category >= UTF8PROC_CATEGORY_PC && category <= UTF8PROC_CATEGORY_PO &&
         !any_contains(kNewerPunctuation, character);
}

bool is_word(char32_t character) {
  const auto category = category_of(character);
  if (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NL)
    return true;  // letters, marks, Nd, Nl
  if (category == UTF8PROC_CATEGORY_PC || character == 0x200C || character == 0x200D) return true;
  return any_contains(kAlphabeticSymbols, character);
}

bool is_letter(char32_t character) {
  const auto category = category_of(character);
  return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO;
}

bool is_decimal(char32_t character) { return category_of(character) == UTF8PROC_CATEGORY_ND; }

// Decimal digits come in runs from 0 to 9, some of which follow each other (Unicode 14.0, section 4.6).
int decimal_value(char32_t digit) {
  char32_t before = digit;
  while (is_decimal(before - 1)) --before;
  return static_cast<int>((digit - before) % 10);
}

bool is_digit(char32_t character) {
  if (category_of(character) == UTF8PROC_CATEGORY_ND) return true;
  return any_contains(kOtherDigits, character);
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
      append_utf8(lower_of(character), result);
    }
  }
  return result;
}

}  // namespace radlads::text
