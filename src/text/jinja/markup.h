// Python's markupsafe: texts that are safe in HTML, and how others become safe.
#pragma once

#include <string>
#include <string_view>

#include "text/jinja/value.h"

namespace radlads::jinja {

/// With & < > " and ' as entities.
std::string escaped(std::string_view text);

/// A text, as markup or not.
inline Value text_like(bool is_markup, std::string text) {
  return is_markup ? Value::markup(std::move(text)) : Value(std::move(text));
}

}  // namespace radlads::jinja
