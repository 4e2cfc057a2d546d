#include "text/jinja/methods.h"

#include <algorithm>

#include "text/jinja/access.h"
#include "text/jinja/comparison.h"
#include "text/jinja/loop.h"

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

constexpr Method kSequenceMethods[] = {{"index", index}, {"count", count}};
constexpr Method kDictMethods[] = {{"keys", keys}, {"values", values}, {"items", items}, {"get", get}};

constexpr std::string_view kOtherListMethods[] = {"append", "clear",  "copy",    "extend", "insert",
                                                  "pop",    "remove", "reverse", "sort"};
constexpr std::string_view kOtherDictMethods[] = {"clear",   "copy",       "fromkeys", "pop",
                                                  "popitem", "setdefault", "update"};

constexpr std::string_view kNumberAttributes[] = {
    "as_integer_ratio", "bit_count", "bit_length", "conjugate", "denominator",
    "from_bytes",       "fromhex",   "hex",        "imag",      "is_integer",
    "numerator",        "real",      "to_bytes"};

struct Methods {
  std::span<const Method> supported;
  std::span<const std::string_view> others;
};

Methods methods_of(const Value& value) {
  if (value.text() != nullptr) return {string_methods(), other_string_methods()};
  if (value.dict() != nullptr) return {kDictMethods, kOtherDictMethods};
  if (value.is(SequenceKind::kList)) return {kSequenceMethods, kOtherListMethods};
  if (value.is(SequenceKind::kTuple) || value.is(SequenceKind::kRange)) return {kSequenceMethods, {}};
  if (value.integer() != nullptr || value.real() != nullptr || value.boolean() != nullptr) {
    return {{}, kNumberAttributes};
  }
  return {};
}

const Method* find_method(const Methods& methods, std::string_view name) {
  const auto found = std::find_if(methods.supported.begin(), methods.supported.end(),
                                  [&](const Method& method) { return method.name == name; });
  return found == methods.supported.end() ? nullptr : &*found;
}

}  // namespace

bool is_method(const Value& value, std::string_view name) {
  const Methods methods = methods_of(value);
  return name.starts_with("__") || find_method(methods, name) != nullptr ||
         std::find(methods.others.begin(), methods.others.end(), name) != methods.others.end();
}

Value call_method(const Site& site, const Value& value, const std::string& name, const Arguments& arguments) {
  site.require_defined(value);
  const Method* method = find_method(methods_of(value), name);
  if (method == nullptr) {
    site.fail("{} has no method {}{}", value.type_name(), name, is_method(value, name) ? " here" : "");
  }
  return method->call(site, value, arguments);
}

}  // namespace radlads::jinja
