// Values as Python's str() and repr() write them.
#pragma once

#include <string>
#include <string_view>

#include "text/jinja/big_integer.h"
#include "text/jinja/site.h"

namespace radlads::jinja {

/// str(value). Undefined is empty, or an error if it must not be used; loops, iterators, ranges and the
/// like are errors.
std::string text_of(const Site& site, const Value& value);

/// str() of a large integer. UserError if Python also refuses to write that many digits.
std::string text_of(const Site& site, const BigInteger& number);

/// repr() of a number: the shortest digits that give it back, with ".0" or an exponent.
std::string text_of(double number);

/// repr(value), with the errors of text_of().
std::string repr_of(const Site& site, const Value& value);

/// repr() of a string.
std::string in_python_quotes(std::string_view text);

}  // namespace radlads::jinja
