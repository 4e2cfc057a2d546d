// Evaluates expressions in a scope: the variables that a loop, block or macro sets, and those around it.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "text/jinja/callable.h"
#include "text/jinja/syntax.h"
#include "text/jinja/value.h"
#include "text/template.h"

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

class Evaluator {
 public:
  /// All must outlive the evaluator. Variables become values when they are first asked for.
  Evaluator(Rendering& rendering, const Json& variables) : rendering_(rendering), variables_(variables) {}

  /// The outermost scope; beyond are the variables that the template was given.
  const ScopePtr& globals() const { return globals_; }

  Site site(Position at) const { return {rendering_, at}; }

  Value evaluate(const Expression& expression, const Scope& scope);

  /// `value` after what the suffixes do with it, one after the other.
  Value with_suffixes(Value value, std::span<const Suffix> suffixes, const Scope& scope);

  /// The call that a call block makes, with `caller` among its arguments.
  Value call_with(const Value& caller, const CallBlock& block, const Scope& scope);

 private:
  using Subject = const Value&;

  Value run(const Literal& node, const Site& site, const Scope& scope);
  Value run(const Name& node, const Site& site, const Scope& scope);
  Value run(const Display& node, const Site& site, const Scope& scope);
  Value run(const DictDisplay& node, const Site& site, const Scope& scope);
  Value run(const Unary& node, const Site& site, const Scope& scope);
  Value run(const Arithmetic& node, const Site& site, const Scope& scope);
  Value run(const Concatenation& node, const Site& site, const Scope& scope);
  Value run(const Comparison& node, const Site& site, const Scope& scope);
  Value run(const Logical& node, const Site& site, const Scope& scope);
  Value run(const Conditional& node, const Site& site, const Scope& scope);
  Value run(const Chain& node, const Site& site, const Scope& scope);

  Value run(const Attribute& suffix, Subject subject, const Site& site, const Scope& scope);
  Value run(const Item& suffix, Subject subject, const Site& site, const Scope& scope);
  Value run(const Slice& suffix, Subject subject, const Site& site, const Scope& scope);
  Value run(const MethodCall& suffix, Subject subject, const Site& site, const Scope& scope);
  Value run(const Call& suffix, Subject subject, const Site& site, const Scope& scope);
  Value run(const FilterCall& suffix, Subject subject, const Site& site, const Scope& scope);
  Value run(const TestCall& suffix, Subject subject, const Site& site, const Scope& scope);

  Arguments arguments_of(std::string_view callee, const CallArguments& arguments, const Site& site,
                         const Scope& scope);
  void append_more(const CallArguments& arguments, const Site& site, const Scope& scope, Arguments& out);
  Value call_method(const Site& site, Subject subject, const std::string& name, const Arguments& arguments);

  Rendering& rendering_;
  const Json& variables_;
  ScopePtr globals_ = std::make_shared<Scope>(nullptr);
};

}  // namespace radlads::jinja
