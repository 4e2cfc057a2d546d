#include "text/jinja/interpreter.h"

#include <algorithm>

#include "text/jinja/access.h"
#include "text/jinja/json.h"
#include "text/jinja/loop.h"
#include "text/jinja/operators.h"
#include "text/jinja/printing.h"

namespace radlads::jinja {
namespace {

using Named = std::vector<std::pair<std::string, Value>>;

// Removes and returns the argument with this name; nullopt if there is none.
std::optional<Value> taken(Named& named, std::string_view name) {
  const auto found =
      std::find_if(named.begin(), named.end(), [&](const auto& entry) { return entry.first == name; });
  if (found == named.end()) return std::nullopt;
  Value value = std::move(found->second);
  named.erase(found);
  return value;
}

Value dict_of(const Site& site, const Named& named) {
  std::vector<std::pair<Value, Value>> entries;
  for (const auto& [name, value] : named) entries.emplace_back(name, value);
  site.spend(kValueCost * (named.size() + 1));
  Value dict = Value::dict(std::move(entries));
  site.require_shallow(dict);
  return dict;
}

Value rest_of(const Site& site, const Values& positional, size_t begin) {
  Values rest;
  for (size_t i = begin; i < positional.size(); ++i) site.append(positional[i], rest);
  Value tuple = Value::tuple(std::move(rest));
  site.require_shallow(tuple);
  return tuple;
}

}  // namespace

void Macro::bind_missing(const Site& site, size_t parameter, Scope& scope) const {
  const auto& names = definition_.parameters;
  const size_t first_default = names.size() - definition_.defaults.size();
  scope.set(
      names[parameter],
      parameter < first_default
          ? site.undefined(fmt::format("the argument {} of {}", in_python_quotes(names[parameter]), name()))
          : interpreter_.evaluate(*definition_.defaults[parameter - first_default], scope));
}

void Macro::bind(const Site& site, const Arguments& arguments, Scope& scope) const {
  const auto& names = definition_.parameters;
  Named named = arguments.named;
  std::vector<size_t> missing;
  for (size_t i = 0; i < names.size(); ++i) {
    std::optional<Value> value =
        i < arguments.positional.size() ? std::optional(arguments.positional[i]) : taken(named, names[i]);
    if (!value) {
      missing.push_back(i);
      value = site.undefined(fmt::format("the argument {}", in_python_quotes(names[i])));
    }
    scope.set(names[i], std::move(*value));
  }
  if (definition_.takes_caller) {
    const auto caller = taken(named, "caller");
    scope.set("caller",
              caller && !caller->is_none() ? *caller : site.undefined("caller, without a call block,"));
  }
  if (definition_.takes_kwargs) {
    scope.set("kwargs", dict_of(site, named));
  } else if (!named.empty()) {
    site.fail("{} has no argument {} here", name(), named.front().first);
  }
  if (definition_.takes_varargs) {
    scope.set("varargs", rest_of(site, arguments.positional, names.size()));
  } else if (arguments.positional.size() > names.size()) {
    site.fail("{} takes {} arguments at most", name(), names.size());
  }
  for (const size_t parameter : missing) bind_missing(site, parameter, scope);
}

Value Macro::call(const Site& site, const Arguments& arguments) const {
  site.spend(kValueCost);
  const auto scope = std::make_shared<Scope>(scope_);
  bind(site, arguments, *scope);
  return interpreter_.text_of_body(definition_.body, scope);
}

std::optional<Value> Macro::attribute(std::string_view name) const {
  if (name == "name") return definition_.name.empty() ? Value() : Value(definition_.name);
  if (name == "catch_kwargs") return definition_.takes_kwargs;
  if (name == "catch_varargs") return definition_.takes_varargs;
  if (name == "caller") return definition_.takes_caller || definition_.names_caller;
  if (name != "arguments") return std::nullopt;
  Values names;
  for (const std::string& parameter : definition_.parameters) names.emplace_back(parameter);
  return Value::tuple(std::move(names));
}

std::optional<std::string> Macro::text() const {
  if (definition_.name.empty()) return "<Macro anonymous>";
  return fmt::format("<Macro {}>", in_python_quotes(definition_.name));
}

Interpreter::Interpreter(const Program& program, const Json& variables)
    : program_(program),
      rendering_{.name = program.name, .options = program.options},
      evaluator_(rendering_, variables),
      top_(std::make_shared<Scope>(evaluator_.globals())) {
  RADLADS_CHECK(variables.is_object(), "the variables of a template are an object, not {}",
                variables.type_name());
}

std::string Interpreter::text() { return text_of_body(program_.body, top_); }

Json Interpreter::value(const Print& print) {
  return json_of(evaluator_.site(print.value->at), evaluator_.evaluate(*print.value, *top_));
}

std::string Interpreter::text_of_body(const Body& body, const ScopePtr& scope) {
  std::string out;
  run_body(body, scope, out);
  return out;
}

Interpreter::Flow Interpreter::run_body(const Body& body, const ScopePtr& scope, std::string& out) {
  for (const Statement& statement : body) {
    const Site site = evaluator_.site(statement.at);
    const Descent descent(site);
    const Flow flow =
        std::visit([&](const auto& what) { return run(what, site, scope, out); }, statement.what);
    if (flow != Flow::kNext) return flow;
  }
  return Flow::kNext;
}

Interpreter::Flow Interpreter::run(const Text& text, const Site& site, const ScopePtr&, std::string& out) {
  site.append(text.text, out);
  return Flow::kNext;
}

Interpreter::Flow Interpreter::run(const Print& print, const Site& site, const ScopePtr& scope,
                                   std::string& out) {
  out += text_of(site, evaluator_.evaluate(*print.value, *scope));
  return Flow::kNext;
}

Interpreter::Flow Interpreter::run(const For& loop, const Site& site, const ScopePtr& scope,
                                   std::string& out) {
  return run_loop(loop, site, items_of(site, evaluator_.evaluate(*loop.items, *scope)), 0, scope, out);
}

Interpreter::Flow Interpreter::run_loop(const For& loop, const Site& site, Values items, int64_t depth0,
                                        const ScopePtr& scope, std::string& out) {
  const auto state = std::make_shared<Loop>(std::move(items), depth0);
  if (loop.test != nullptr) {
    state->keep_if([&](const Value& item) {
      const auto inner = std::make_shared<Scope>(scope);
      assign(loop.target, item, *inner);
      return is_true(site, evaluator_.evaluate(*loop.test, *inner));
    });
  }
  if (loop.is_recursive) {
    state->recurse_by([&](Values nested) {
      std::string text;
      run_loop(loop, site, std::move(nested), depth0 + 1, scope, text);
      return Value(std::move(text));
    });
  }
  const struct Finish {  // errors leave the loop, too
    Loop& loop;
    ~Finish() { loop.finish(); }
  } finish{*state};
  bool has_run = false;  // a body ran to its end: what jinja2 means by a loop that was not empty
  for (Flow flow = Flow::kNext; flow != Flow::kBreak && state->advance(); has_run |= flow == Flow::kNext) {
    site.spend(kValueCost);
    const auto inner = std::make_shared<Scope>(scope);
    inner->set("loop", state);
    assign(loop.target, state->item(), *inner);
    flow = run_body(loop.body, inner, out);
  }
  state->finish();
  return has_run ? Flow::kNext : run_body(loop.otherwise, std::make_shared<Scope>(scope), out);
}

Interpreter::Flow Interpreter::run(const If& choice, const Site& site, const ScopePtr& scope,
                                   std::string& out) {
  for (const auto& [test, body] : choice.branches) {
    if (is_true(site, evaluator_.evaluate(*test, *scope))) return run_body(body, scope, out);
  }
  return run_body(choice.otherwise, scope, out);
}

Interpreter::Flow Interpreter::run(const Set& assignment, const Site&, const ScopePtr& scope, std::string&) {
  assign(assignment.target, evaluator_.evaluate(*assignment.value, *scope), *scope);
  return Flow::kNext;
}

Interpreter::Flow Interpreter::run(const SetBlock& block, const Site&, const ScopePtr& scope, std::string&) {
  std::string text;
  const auto inner = std::make_shared<Scope>(scope);
  const Flow flow = run_body(block.body, inner, text);
  if (flow != Flow::kNext) return flow;
  assign(block.target, evaluator_.with_suffixes(std::move(text), block.filters, *inner), *scope);
  return Flow::kNext;
}

Interpreter::Flow Interpreter::run(const With& block, const Site&, const ScopePtr& scope, std::string& out) {
  const auto inner = std::make_shared<Scope>(scope);
  for (const auto& [target, value] : block.variables) {
    assign(target, evaluator_.evaluate(*value, *scope), *inner);
  }
  return run_body(block.body, inner, out);
}

Interpreter::Flow Interpreter::run(const FilterBlock& block, const Site& site, const ScopePtr& scope,
                                   std::string& out) {
  std::string text;
  const auto inner = std::make_shared<Scope>(scope);
  const Flow flow = run_body(block.body, inner, text);
  if (flow != Flow::kNext) return flow;
  out += text_of(site, evaluator_.with_suffixes(std::move(text), block.filters, *inner));
  return Flow::kNext;
}

Interpreter::Flow Interpreter::run(const MacroDefinition& macro, const Site& site, const ScopePtr& scope,
                                   std::string&) {
  site.spend(kValueCost);
  scope->set(macro.name, macro_of(macro, scope));
  return Flow::kNext;
}

Interpreter::Flow Interpreter::run(const CallBlock& block, const Site& site, const ScopePtr& scope,
                                   std::string& out) {
  site.spend(kValueCost);
  out += text_of(site, evaluator_.call_with(macro_of(block.caller, scope), block, *scope));
  return Flow::kNext;
}

Interpreter::Flow Interpreter::run(const Scoped& block, const Site&, const ScopePtr& scope,
                                   std::string& out) {
  return run_body(block.body, std::make_shared<Scope>(scope), out);
}

Interpreter::Flow Interpreter::run(const Block& block, const Site&, const ScopePtr& scope, std::string& out) {
  return run_body(block.body, std::make_shared<Scope>(block.is_scoped ? scope : top_), out);
}

Interpreter::Flow Interpreter::run(const Foreign& tag, const Site& site, const ScopePtr&, std::string&) {
  site.fail("{}: a template cannot use other templates here; put their text into it", tag.tag);
}

Value Interpreter::macro_of(const MacroDefinition& definition, const ScopePtr& scope) {
  return Value(rendering_.keep(std::make_shared<const Macro>(*this, definition, scope)));
}

void Interpreter::assign(const Target& target, const Value& value, Scope& scope) {
  const Site site = evaluator_.site(target.at);
  if (!target.field.empty()) {
    const Value* found = scope.find(target.name);
    if (found == nullptr || found->space() == nullptr) site.fail("{} is not a namespace", target.name);
    set_field(site, *found->space(), target.field, value);
  } else if (!target.name.empty()) {
    scope.set(target.name, value);
  } else {
    const Values items = items_of(site, value);
    if (items.size() != target.parts.size()) {
      site.fail("{} values for {} variables", items.size(), target.parts.size());
    }
    for (size_t i = 0; i < items.size(); ++i) assign(target.parts[i], items[i], scope);
  }
}

}  // namespace radlads::jinja
