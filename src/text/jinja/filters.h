// Filters: what comes after a |.
#pragma once

#include <span>

#include "text/jinja/callable.h"

namespace radlads::jinja {

struct Filter {
  std::string_view name;
  Value (*apply)(const Site& site, const Value& subject, const Arguments& arguments);
};

/// Null if there is none by this name, or it is not supported.
const Filter* find_filter(std::string_view name);

/// The argument `attribute` of a filter: the field of an item that it looks at, or null for the item itself.
Value field_for(const Site& site, const Value& item, const Value* attribute);

/// A string in lower case, other values as they are: how filters compare unless they are case-sensitive.
Value without_case(const Site& site, const Value& value);

// By what they work on.
std::span<const Filter> text_filters();
std::span<const Filter> layout_filters();
std::span<const Filter> html_filters();
std::span<const Filter> number_filters();
std::span<const Filter> sequence_filters();
std::span<const Filter> grouping_filters();
std::span<const Filter> order_filters();
std::span<const Filter> selection_filters();

}  // namespace radlads::jinja
