// Values from JSON and back, and as the text that Python's json.dumps gives.
#pragma once

#include <optional>
#include <string>

#include "text/jinja/site.h"
#include "text/template.h"

namespace radlads::jinja {

/// UserError if it is nested too deep, or has a string that is not UTF-8 or an integer beyond 64 bits.
Value value_of(const Site& site, const Json& json);

/// Tuples, ranges and iterators become arrays, undefined null. UserError for what JSON cannot represent.
Json json_of(const Site& site, const Value& value);

struct JsonStyle {
  std::optional<std::string> indent;  // of every level; all on one line if there is none
  bool is_ascii = false;              // other characters become \uXXXX
  bool sorts_keys = false;
  std::string item_separator = ", ", key_separator = ": ";
};

/// json.dumps() with these arguments. UserError for what JSON cannot represent.
std::string json_text(const Site& site, const Value& value, const JsonStyle& style);

}  // namespace radlads::jinja
