// The variables that a loop, block or macro sets, and those around it.
#pragma once

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "text/jinja/value.h"

namespace radlads::jinja {

class Scope;

/// Shared with the macros that were defined in the scope, which may be called after it ends.
using ScopePtr = std::shared_ptr<Scope>;

/// Names are views into the program, which outlives every scope.
class Scope {
 public:
  /// `outer` may be null.
  explicit Scope(ScopePtr outer) : outer_(std::move(outer)) {}
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

  /// The variable here or further out; null if there is none.
  const Value* find(std::string_view name) const {
    for (const Scope* scope = this; scope != nullptr; scope = scope->outer_.get()) {
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
  ScopePtr outer_;
  std::vector<std::pair<std::string_view, Value>> variables_;
};

}  // namespace radlads::jinja
