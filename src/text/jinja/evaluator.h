// Evaluates expressions.
#pragma once

#include <span>

#include "text/jinja/arguments.h"
#include "text/jinja/scope.h"
#include "text/jinja/syntax.h"
#include "text/template.h"

namespace radlads::jinja {

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
