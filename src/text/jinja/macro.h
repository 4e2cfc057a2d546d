// Macros, and the bodies of call blocks, which the macro that is called gets as its argument `caller`.
#pragma once

#include "text/jinja/callable.h"
#include "text/jinja/scope.h"
#include "text/jinja/syntax.h"

namespace radlads::jinja {

class Interpreter;

/// Belongs to the rendering. Reads the variables of the scope that it was defined in.
class Macro final : public Callable {
 public:
  Macro(Interpreter& interpreter, const MacroDefinition& definition, ScopePtr scope)
      : interpreter_(interpreter), definition_(definition), scope_(std::move(scope)) {}

  std::string_view name() const override { return definition_.name; }

  /// The text of the body for these arguments.
  Value call(const Site& site, const Arguments& arguments) const override;

  std::optional<Value> attribute(std::string_view name) const override;
  std::optional<std::string> text() const override;

 private:
  /// Sets the parameters that the body reads as variables.
  void bind(const Site& site, const Arguments& arguments, Scope& scope) const;
  void bind_missing(const Site& site, size_t parameter, Scope& scope) const;

  Interpreter& interpreter_;
  const MacroDefinition& definition_;
  ScopePtr scope_;
};

}  // namespace radlads::jinja
