// Numbers and strings as written in expressions, with Python's escapes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "text/jinja/big_integer.h"

namespace radlads::jinja {

/// nullopt if the name is not known here: known are those of punctuation and invisible characters, for which
/// templates use names. Upper and lower case are the same.
std::optional<char32_t> character_named(std::string_view name);

struct NumberLiteral {
  size_t length;
  bool is_float;
};

/// The number that `text` begins with, which must be a digit.
NumberLiteral scan_number(std::string_view text, bool may_be_float);

/// The value of an integer without underscores: decimal, 0x, 0o or 0b.
BigInteger integer_value(std::string_view digits);

/// The text between the quotes of a string, with Python's escapes resolved. An escape unknown to Python keeps
/// its backslash. nullopt if an escape is malformed, or names a surrogate or an unknown character.
std::optional<std::string> unescape(std::string_view body);

}  // namespace radlads::jinja
