// Numbers and texts laid out as Python's format() and % do: sign, width, precision, grouping.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "text/jinja/site.h"

namespace radlads::jinja {

/// [[fill]align][sign][#][0][width][grouping][.precision][type]
struct FormatSpec {
  std::string fill = " ";
  char align = '\0';  // < > ^ or =
  char sign = '-';    // or + or a space
  bool is_alternate = false;
  int64_t width = 0;
  char grouping = '\0';  // , or _
  std::optional<int64_t> precision;
  char type = '\0';
};

/// format(value, spec). UserError if the spec is malformed, or does not fit the value.
std::string formatted(const Site& site, const Value& value, std::string_view spec);

/// The same for a spec that is parsed. Numbers and strings only.
std::string formatted(const Site& site, const Value& value, const FormatSpec& spec);

}  // namespace radlads::jinja
