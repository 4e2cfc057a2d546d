#include "text/jinja/evaluator.h"

#include "text/jinja/access.h"
#include "text/jinja/builtins.h"
#include "text/jinja/callable.h"
#include "text/jinja/filters.h"
#include "text/jinja/json.h"
#include "text/jinja/methods.h"
#include "text/jinja/operators.h"
#include "text/jinja/printing.h"

namespace radlads::jinja {

Value Evaluator::evaluate(const Expression& expression, const Scope& scope) {
  const Site here = site(expression.at);
  const Descent descent(here);
  here.spend(kValueCost);
  return std::visit([&](const auto& node) { return run(node, here, scope); }, expression.node);
}

Value Evaluator::with_suffixes(Value value, std::span<const Suffix> suffixes, const Scope& scope) {
  for (const Suffix& suffix : suffixes) {
    const Site here = site(suffix.at);
    here.spend(kValueCost);
    value = std::visit([&](const auto& what) { return run(what, value, here, scope); }, suffix.what);
  }
  return value;
}

Value Evaluator::run(const Literal& node, const Site&, const Scope&) { return node.value; }

Value Evaluator::run(const Name& node, const Site& site, const Scope& scope) {
  if (const Value* found = scope.find(node.name)) return *found;
  if (const auto variable = variables_.find(node.name); variable != variables_.end()) {
    Value value = value_of(site, *variable);
    globals_->set(node.name, value);
    return value;
  }
  if (const Callable* function = find_function(rendering_.options.dialect, node.name)) return function;
  refuse_foreign(site, node.name);
  return site.undefined(fmt::format("the variable {}", in_python_quotes(node.name)));
}

Value Evaluator::run(const Display& node, const Site& site, const Scope& scope) {
  Values items;
  for (const ExpressionPtr& item : node.items) items.push_back(evaluate(*item, scope));
  Value value = Value::sequence(node.kind, std::move(items));
  site.require_shallow(value);
  return value;
}

Value Evaluator::run(const DictDisplay& node, const Site& site, const Scope& scope) {
  Dict dict{};
  for (const auto& [key_node, value_node] : node.entries) {
    Value key = evaluate(*key_node, scope);
    set_key(site, dict, std::move(key), evaluate(*value_node, scope));
  }
  Value value = Value::dict(std::move(dict.entries));
  site.require_shallow(value);
  return value;
}

Value Evaluator::run(const Unary& node, const Site& site, const Scope& scope) {
  const Value operand = evaluate(*node.operand, scope);
  if (node.op == UnaryOperator::kNot) return !is_true(site, operand);
  if (node.op == UnaryOperator::kMinus) return negate(site, operand);
  return operand.real() != nullptr ? operand : apply(site, BinaryOperator::kAdd, int64_t{0}, operand);
}

Value Evaluator::run(const Arithmetic& node, const Site&, const Scope& scope) {
  Value value = evaluate(*node.first, scope);
  for (const auto& [op, operand, at] : node.rest)
    value = apply(site(at), op, value, evaluate(*operand, scope));
  return value;
}

Value Evaluator::run(const Concatenation& node, const Site& site, const Scope& scope) {
  std::string text;
  for (const ExpressionPtr& part : node.parts) text += text_of(site, evaluate(*part, scope));
  return text;
}

Value Evaluator::run(const Comparison& node, const Site&, const Scope& scope) {
  Value left = evaluate(*node.first, scope);
  for (const auto& [relation, operand, at] : node.rest) {
    Value right = evaluate(*operand, scope);
    if (!holds(site(at), relation, left, right)) return false;
    left = std::move(right);
  }
  return true;
}

Value Evaluator::run(const Logical& node, const Site& site, const Scope& scope) {
  for (size_t i = 0; i + 1 < node.operands.size(); ++i) {
    Value value = evaluate(*node.operands[i], scope);
    if (is_true(site, value) != node.is_and) return value;
  }
  return evaluate(*node.operands.back(), scope);
}

Value Evaluator::run(const Conditional& node, const Site& site, const Scope& scope) {
  if (is_true(site, evaluate(*node.test, scope))) return evaluate(*node.value, scope);
  if (node.otherwise != nullptr) return evaluate(*node.otherwise, scope);
  // Printing it is not an error even if printing undefined variables is.
  return Value::undefined("the value of an if without else is undefined", site.position(), false);
}

Value Evaluator::run(const Chain& node, const Site&, const Scope& scope) {
  return with_suffixes(evaluate(*node.subject, scope), node.suffixes, scope);
}

Value Evaluator::run(const Attribute& suffix, Subject subject, const Site& site, const Scope&) {
  return attribute_of(site, subject, suffix.name);
}

Value Evaluator::run(const Item& suffix, Subject subject, const Site& site, const Scope& scope) {
  return item_of(site, subject, evaluate(*suffix.key, scope));
}

Value Evaluator::run(const Slice& suffix, Subject subject, const Site& site, const Scope& scope) {
  const auto bound = [&](const ExpressionPtr& node) {
    return node == nullptr ? Value() : evaluate(*node, scope);
  };
  const Value start = bound(suffix.start), stop = bound(suffix.stop), step = bound(suffix.step);
  return slice_of(site, subject, start, stop, step);
}

Value Evaluator::run(const MethodCall& suffix, Subject subject, const Site& site, const Scope& scope) {
  site.require_defined(subject);
  return call_method(site, subject, suffix.name, arguments_of(suffix.name, suffix.arguments, site, scope));
}

Value Evaluator::run(const Call& suffix, Subject subject, const Site& site, const Scope& scope) {
  site.require_defined(subject);
  const std::string_view callee = subject.callable() != nullptr ? subject.callable()->name() : "the call";
  return call(site, subject, arguments_of(callee, suffix.arguments, site, scope));
}

Value Evaluator::run(const FilterCall& suffix, Subject subject, const Site& site, const Scope& scope) {
  if (suffix.filter == nullptr) site.fail("there is no filter {}", suffix.name);
  const Descent descent(site);
  return suffix.filter->apply(site, subject, arguments_of(suffix.name, suffix.arguments, site, scope));
}

Value Evaluator::run(const TestCall& suffix, Subject subject, const Site& site, const Scope& scope) {
  if (suffix.test == nullptr) site.fail("there is no test {}", suffix.name);
  const Arguments arguments = arguments_of(suffix.name, suffix.arguments, site, scope);
  return suffix.test->holds(site, subject, arguments) != suffix.is_negated;
}

Value Evaluator::call_method(const Site& site, Subject subject, const std::string& name,
                             const Arguments& arguments) {
  const Method* method = find_method(site, subject, name);
  if (method != nullptr) return jinja::call_method(site, subject, *method, arguments);
  return call(site, attribute_of(site, subject, name), arguments);
}

Value Evaluator::call_with(const Value& caller, const CallBlock& block, const Scope& scope) {
  const Chain& chain = std::get<Chain>(block.call->node);
  const std::span<const Suffix> suffixes = chain.suffixes;
  const Suffix& last = suffixes.back();
  const Site here = site(last.at);
  const Value subject =
      with_suffixes(evaluate(*chain.subject, scope), suffixes.first(suffixes.size() - 1), scope);
  const auto* method = std::get_if<MethodCall>(&last.what);
  const CallArguments& given = method != nullptr ? method->arguments : std::get<Call>(last.what).arguments;
  Arguments arguments = arguments_of("the call", given, here, scope);
  arguments.named.emplace_back("caller", caller);
  return method != nullptr ? call_method(here, subject, method->name, arguments)
                           : call(here, subject, arguments);
}

Arguments Evaluator::arguments_of(std::string_view callee, const CallArguments& arguments, const Site& site,
                                  const Scope& scope) {
  Arguments values{.callee = callee};
  for (const ExpressionPtr& argument : arguments.positional)
    values.positional.push_back(evaluate(*argument, scope));
  for (const auto& [name, argument] : arguments.named)
    values.named.emplace_back(name, evaluate(*argument, scope));
  append_more(arguments, site, scope, values);
  return values;
}

// Those of *a and **b.
void Evaluator::append_more(const CallArguments& arguments, const Site& site, const Scope& scope,
                            Arguments& out) {
  if (arguments.more_positional != nullptr) {
    for (Value& item : items_of(site, evaluate(*arguments.more_positional, scope)))
      out.positional.push_back(std::move(item));
  }
  if (arguments.more_named == nullptr) return;
  const Value more = evaluate(*arguments.more_named, scope);
  site.require_defined(more);
  if (more.dict() == nullptr) site.fail("{} cannot give named arguments", more.type_name());
  for (const auto& [key, value] : more.dict()->entries) {
    if (key.text() == nullptr) site.fail("{} cannot name an argument", key.type_name());
    site.spend(kValueCost + key.text()->size());
    for (const auto& [name, other] : out.named) {
      if (name == *key.text()) site.fail("the argument {} is given twice", name);
    }
    out.named.emplace_back(*key.text(), value);
  }
}

}  // namespace radlads::jinja
