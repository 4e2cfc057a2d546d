// Classes and forms of characters, from utf8proc's Unicode tables.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace radlads::text {

/// The property White_Space.
bool is_white_space(char32_t character);

/// General category N: decimal digits, letter numbers, others (U+00BD).
bool is_number(char32_t character);

/// General category M.
bool is_mark(char32_t character);

/// A word character of UTS #18: alphabetic, mark, decimal digit, connector punctuation or join control.
bool is_word(char32_t character);

/// A digit of any script, superscripts and circled ones included (Numeric_Type Decimal or Digit).
bool is_digit(char32_t character);

/// What is neither a separator (but for the space), nor a control or format character, nor unassigned.
bool is_printable(char32_t character);

/// Full lower case, character by character.
std::string lower_case(std::string_view valid);

enum class UnicodeForm : uint8_t { kNfc, kNfd, kNfkc, kNfkd };

/// The normalization form of valid UTF-8 (Unicode Standard Annex #15).
std::string to_form(std::string valid, UnicodeForm form);

}  // namespace radlads::text
