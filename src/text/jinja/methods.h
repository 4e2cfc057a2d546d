// The methods of Python's strings, lists, tuples and dicts that templates use. None changes its object.
#pragma once

#include <span>

#include "text/jinja/arguments.h"

namespace radlads::jinja {

/// True if Python's type has an attribute of this name, supported here or not.
bool is_method(const Value& value, std::string_view name);

/// value.name(arguments). UserError if there is no such method, or it is not supported.
Value call_method(const Site& site, const Value& value, const std::string& name, const Arguments& arguments);

struct Method {
  std::string_view name;
  Value (*call)(const Site& site, const Value& value, const Arguments& arguments);
};

std::span<const Method> string_methods();

/// Names of Python's str, beside string_methods(), that are not supported.
std::span<const std::string_view> other_string_methods();

}  // namespace radlads::jinja
