// The variables that a loop or block sets, and those around it.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "text/jinja/value.h"

namespace radlads::jinja {

/// Names are views into the program, which outlives every scope.
class Scope {
 public:
  /// `outer` may be null, and must outlive the scope.
  explicit Scope(const Scope* outer) : outer_(outer) {}
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

  /// The variable here or further out; null if there is none.
  const Value* find(std::string_view name) const {
    for (const Scope* scope = this; scope != nullptr; scope = scope->outer_) {
      for (const auto& [other, value] : scope->variables_) {
        if (other == name) return &value;
      }
    }
    return nullptr;
  }

  /// Hides one of the same name further out.
  void set(std::string_view name, Value value) {
    for (auto& [other, old] : variables_) {
      if (other == name) {
        old = std::move(value);
        return;
      }
    }
    variables_.emplace_back(name, std::move(value));
  }

 private:
  const Scope* outer_;
  std::vector<std::pair<std::string_view, Value>> variables_;
};

}  // namespace radlads::jinja
