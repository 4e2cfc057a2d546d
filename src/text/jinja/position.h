// Where something is in a template.
#pragma once

#include <cstdint>
#include <string>

#include "core/error.h"

namespace radlads::jinja {

/// Both count from 1; columns are characters.
struct Position {
  uint32_t line = 1, column = 1;
};

/// Throws the UserError "[template] NAME: line L, column C: reason".
template <class... Args>
[[noreturn]] void fail_at(const std::string& name, Position at, fmt::format_string<Args...> format,
                          Args&&... args) {
  radlads::fail("[template] {}: line {}, column {}: {}", name, at.line, at.column,
                fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace radlads::jinja
