#include "text/jinja/macro.h"

#include <algorithm>

#include "text/jinja/interpreter.h"
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

}  // namespace radlads::jinja
