// Evaluates expressions.
#pragma once

#include "text/jinja/arguments.h"
#include "text/jinja/scope.h"
#include "text/jinja/syntax.h"

namespace radlads::jinja {

class Evaluator {
 public:
  /// All must outlive the evaluator. Variables become values when they are first asked for.
  Evaluator(Rendering& rendering, const Json& variables) : rendering_(rendering), variables_(variables) {}

  /// Scopes end here; beyond are the variables that the template was given.
  const Scope& globals() const { return globals_; }

  Site site(Position at) const { return {rendering_, at}; }

  Value evaluate(const Expression& expression, const Scope& scope);

  /// `value` after what the suffixes do with it, one after the other.
  Value with_suffixes(Value value, const std::vector<Suffix>& suffixes, const Scope& scope);

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

  Arguments arguments_of(std::string_view callee, const CallArguments& arguments, const Scope& scope);

  Rendering& rendering_;
  const Json& variables_;
  Scope globals_{nullptr};
};

}  // namespace radlads::jinja
