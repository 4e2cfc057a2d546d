// Runs the statements of a template. Macros, and the bodies of call blocks (which the macro that is called
// gets as its argument `caller`), are values that run theirs when they are called.
#pragma once

#include "text/jinja/callable.h"
#include "text/jinja/evaluator.h"
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

class Interpreter {
 public:
  /// Both must outlive the interpreter, which renders once.
  Interpreter(const Program& program, const Json& variables);

  std::string text();

  /// The value of one print statement.
  Json value(const Print& print);

  /// The text of statements that break and continue cannot leave: the body of a macro.
  std::string text_of_body(const Body& body, const ScopePtr& scope);

  Value evaluate(const Expression& expression, const Scope& scope) {
    return evaluator_.evaluate(expression, scope);
  }

 private:
  /// How a list of statements ends.
  enum class Flow : uint8_t { kNext, kBreak, kContinue };

  Flow run_body(const Body& body, const ScopePtr& scope, std::string& out);
  Flow run(const Text& text, const Site& site, const ScopePtr& scope, std::string& out);
  Flow run(const Print& print, const Site& site, const ScopePtr& scope, std::string& out);
  Flow run(const For& loop, const Site& site, const ScopePtr& scope, std::string& out);
  Flow run(const If& choice, const Site& site, const ScopePtr& scope, std::string& out);
  Flow run(const Set& assignment, const Site& site, const ScopePtr& scope, std::string& out);
  Flow run(const SetBlock& block, const Site& site, const ScopePtr& scope, std::string& out);
  Flow run(const With& block, const Site& site, const ScopePtr& scope, std::string& out);
  Flow run(const FilterBlock& block, const Site& site, const ScopePtr& scope, std::string& out);
  Flow run(const MacroDefinition& macro, const Site& site, const ScopePtr& scope, std::string& out);
  Flow run(const CallBlock& block, const Site& site, const ScopePtr& scope, std::string& out);
  Flow run(const Scoped& block, const Site& site, const ScopePtr& scope, std::string& out);
  Flow run(const Block& block, const Site& site, const ScopePtr& scope, std::string& out);
  Flow run(const Foreign& tag, const Site& site, const ScopePtr& scope, std::string& out);
  Flow run(const Break&, const Site&, const ScopePtr&, std::string&) { return Flow::kBreak; }
  Flow run(const Continue&, const Site&, const ScopePtr&, std::string&) { return Flow::kContinue; }

  /// `depth0` is that of a recursive loop within itself.
  Flow run_loop(const For& loop, const Site& site, Values items, int64_t depth0, const ScopePtr& scope,
                std::string& out);
  Value macro_of(const MacroDefinition& definition, const ScopePtr& scope);
  void assign(const Target& target, const Value& value, Scope& scope);

  const Program& program_;
  Rendering rendering_;
  Evaluator evaluator_;
  ScopePtr top_;  // the variables that the template sets outside of loops and blocks
};

}  // namespace radlads::jinja
