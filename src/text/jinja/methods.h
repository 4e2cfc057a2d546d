// The methods of Python's strings, lists, tuples and dicts that templates use, and of loops. None changes its
// object.
#pragma once

#include <span>

#include "text/jinja/callable.h"

namespace radlads::jinja {

struct Method {
  std::string_view name;
  Value (*call)(const Site& site, const Value& value, const Arguments& arguments);
};

/// Null if the value has no method by this name. UserError if it has one in Python that is not supported.
const Method* find_method(const Site& site, const Value& value, std::string_view name);

/// value.name(arguments). What strings that are markup give is markup, too.
Value call_method(const Site& site, const Value& value, const Method& method, const Arguments& arguments);

/// value.name, to be called later.
Value bound_method(const Site& site, const Value& value, const Method& method);

/// True if transformers hides this attribute from templates: it is undefined there, called or not.
bool is_hidden(const Site& site, const Value& value, std::string_view name);

std::span<const Method> string_methods();
std::span<const Method> string_queries();

/// Names of Python's str, besides string_methods(), that are not supported.
std::span<const std::string_view> other_string_methods();

}  // namespace radlads::jinja
