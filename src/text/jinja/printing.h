// Values as Python's str() and repr() write them.
#pragma once

#include <string>
#include <string_view>

#include "text/jinja/site.h"

namespace radlads::jinja {

/// str(value). Undefined is empty, or an error where it must not be used; loops, iterators, ranges and the
/// like are errors.
std::string text_of(const Site& site, const Value& value);

/// repr() of a number: the shortest digits that give it back, with ".0" or an exponent.
std::string text_of(double number);

/// repr() of a string.
std::string in_python_quotes(std::string_view text);

}  // namespace radlads::jinja
