// Classes and cases of characters, from utf8proc's Unicode tables.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace radlads::text {

/// The property White_Space.
bool is_white_space(char32_t character);

/// General category N of Unicode 17: decimal digits, letter numbers, others (U+00BD).
bool is_number(char32_t character);

/// Punctuation as the tokenizers library splits it off: in ASCII everything that is neither letter nor digit,
/// else general category P of Unicode 8.0.
bool is_punctuation(char32_t character);

/// General category L.
bool is_letter(char32_t character);

/// General category Nd: a decimal digit of any script.
bool is_decimal(char32_t character);

/// What a decimal digit stands for, 0 to 9.
int decimal_value(char32_t digit);

/// General category M.
bool is_mark(char32_t character);

/// A word character of UTS #18: alphabetic, mark, decimal digit, connector punctuation or join control.
bool is_word(char32_t character);

/// A digit of any script, superscripts and circled ones included (Numeric_Type Decimal or Digit).
bool is_digit(char32_t character);

/// What is neither a separator (except the space), nor a control or format character, nor unassigned.
bool is_printable(char32_t character);

/// Full lower case of Unicode 17, character by character.
std::string lower_case(std::string_view valid);

}  // namespace radlads::text
