#include "text/jinja/methods.h"

#include <algorithm>

#include "text/jinja/access.h"
#include "text/jinja/callable.h"
#include "text/jinja/loop.h"
#include "text/jinja/operators.h"

namespace radlads::jinja {
namespace {

Value index(const Site& site, const Value& value, const Arguments& arguments) {
  const Bound given(site, arguments, {"value"}, 1);
  const Values& items = value.sequence()->items;
  for (size_t i = 0; i < items.size(); ++i) {
    if (is_equal(site, items[i], given[0])) return static_cast<int64_t>(i);
  }
  site.fail("index: the value is not in {}", value.type_name());
}

Value count(const Site& site, const Value& value, const Arguments& arguments) {
  const Bound given(site, arguments, {"value"}, 1);
  const Values& items = value.sequence()->items;
  return int64_t{std::count_if(items.begin(), items.end(),
                               [&](const Value& item) { return is_equal(site, item, given[0]); })};
}

Value keys(const Site& site, const Value& value, const Arguments& arguments) {
  require_none(site, arguments);
  return Value::sequence(SequenceKind::kKeys, items_of(site, value));
}

Value values(const Site& site, const Value& value, const Arguments& arguments) {
  require_none(site, arguments);
  Values found;
  for (const auto& [key, item] : value.dict()->entries) site.append(item, found);
  return Value::sequence(SequenceKind::kValues, std::move(found));
}

Value items(const Site& site, const Value& value, const Arguments& arguments) {
  require_none(site, arguments);
  Values found;
  for (const auto& [key, item] : value.dict()->entries) site.append(Value::tuple({key, item}), found);
  return Value::sequence(SequenceKind::kItems, std::move(found));
}

Value get(const Site& site, const Value& value, const Arguments& arguments) {
  const Bound given(site, arguments, {"key", "default"}, 1);
  const Value* found = find_key(site, *value.dict(), given[0]);
  if (found != nullptr) return *found;
  return given.find(1) != nullptr ? given[1] : Value();
}

Value copy(const Site& site, const Value& value, const Arguments& arguments) {
  require_none(site, arguments);
  if (const Dict* dict = value.dict()) {
    site.spend(kValueCost * (dict->entries.size() + 1));
    return Value::dict(dict->entries);
  }
  return Value::list(items_of(site, value));
}

Value cycle(const Site& site, const Value& value, const Arguments& arguments) {
  if (arguments.positional.empty() || !arguments.named.empty())
    site.fail("loop.cycle takes values to choose from");
  const int64_t index = *value.loop()->attribute(site, "index0").integer();
  return arguments.positional[static_cast<size_t>(index) % arguments.positional.size()];
}

Value changed(const Site& site, const Value& value, const Arguments& arguments) {
  if (!arguments.named.empty()) site.fail("loop.changed takes no named arguments");
  return value.loop()->changed(site, arguments.positional);
}

constexpr Method kLoopMethods[] = {{"cycle", cycle}, {"changed", changed}};
constexpr Method kListMethods[] = {{"index", index}, {"count", count}, {"copy", copy}};
constexpr Method kSequenceMethods[] = {{"index", index}, {"count", count}};
constexpr Method kDictMethods[] = {
    {"keys", keys}, {"values", values}, {"items", items}, {"get", get}, {"copy", copy}};

constexpr std::string_view kChangesOfLists[] = {"append", "clear",  "extend",  "insert",
                                                "pop",    "remove", "reverse", "sort"};
constexpr std::string_view kChangesOfDicts[] = {"clear", "pop", "popitem", "setdefault", "update"};

constexpr std::string_view kNumberAttributes[] = {
    "as_integer_ratio", "bit_count", "bit_length", "conjugate", "denominator",
    "from_bytes",       "fromhex",   "hex",        "imag",      "is_integer",
    "numerator",        "real",      "to_bytes"};

struct Methods {
  std::span<const Method> supported;
  std::span<const std::string_view> others;
  std::span<const Method> more = {};
};

Methods methods_of(const Value& value) {
  if (value.text() != nullptr) return {string_methods(), other_string_methods(), string_queries()};
  if (value.dict() != nullptr) return {kDictMethods, kChangesOfDicts};
  if (value.is(SequenceKind::kList)) return {kListMethods, kChangesOfLists};
  if (value.is(SequenceKind::kTuple) || value.is(SequenceKind::kRange)) return {kSequenceMethods, {}};
  if (value.integer() != nullptr || value.big() != nullptr || value.real() != nullptr ||
      value.boolean() != nullptr) {
    return {{}, kNumberAttributes};
  }
  if (value.loop() != nullptr) return {kLoopMethods, {}};
  return {};
}

class BoundMethod final : public Callable {
 public:
  BoundMethod(const Value& value, const Method& method) : value_(value), method_(method) {}

  std::string_view name() const override { return method_.name; }
  Value call(const Site& site, const Arguments& arguments) const override {
    return call_method(site, value_, method_, arguments);
  }

 private:
  Value value_;
  const Method& method_;
};

// A string, or the strings of a list or tuple, as markup.
Value marked(const Value& value) {
  if (value.text() != nullptr) return Value::markup(*value.text());
  if (value.sequence() == nullptr) return value;
  Values items;
  for (const Value& item : value.sequence()->items) items.push_back(marked(item));
  return Value::sequence(value.sequence()->kind, std::move(items));
}

bool has_name(std::span<const std::string_view> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

Value call_method(const Site& site, const Value& value, const Method& method, const Arguments& arguments) {
  Value result = method.call(site, value, arguments);
  return value.is_markup() ? marked(result) : result;
}

const Method* find_method(const Site& site, const Value& value, std::string_view name) {
  const Methods methods = methods_of(value);
  for (const auto some : {methods.supported, methods.more}) {
    for (const Method& method : some) {
      if (method.name == name) return &method;
    }
  }
  if (has_name(methods.others, name) && !is_hidden(site, value, name)) {
    site.fail("the method {} of {} is not supported", name, value.type_name());
  }
  return nullptr;
}

Value bound_method(const Site& site, const Value& value, const Method& method) {
  site.spend(kValueCost);
  return Value(site.rendering().keep(std::make_shared<const BoundMethod>(value, method)));
}

bool is_hidden(const Site& site, const Value& value, std::string_view name) {
  if (site.rendering().options.dialect != TemplateDialect::kTransformers) return false;
  if (value.is(SequenceKind::kList)) return has_name(kChangesOfLists, name);
  return value.dict() != nullptr && has_name(kChangesOfDicts, name);
}

}  // namespace radlads::jinja
