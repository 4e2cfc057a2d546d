#include "text/jinja/value.h"

#include <algorithm>
#include <array>

#include "text/jinja/big_integer.h"
#include "text/jinja/loop.h"

namespace radlads::jinja {
namespace {

uint32_t depth_over(const Values& items) {
  uint32_t depth = 0;
  for (const Value& item : items) depth = std::max(depth, item.depth());
  return depth + 1;
}

constexpr auto kSequenceNames = std::to_array<std::string_view>(
    {"a list", "a tuple", "a range", "dict keys", "dict values", "dict items"});

}  // namespace

Value::Value(BigInteger number) {
  if (const auto small = number.small()) {
    data_ = *small;
  } else {
    data_ = std::make_shared<const BigInteger>(std::move(number));
  }
}

Value Value::undefined(std::string reason, Position at, bool strict) {
  Value value;
  value.data_ = std::make_shared<const Undefined>(Undefined{std::move(reason), at, strict});
  return value;
}

Value Value::sequence(SequenceKind kind, Values items) {
  const uint32_t depth = depth_over(items);
  Value value;
  value.data_ = std::make_shared<const Sequence>(Sequence{kind, std::move(items), depth});
  return value;
}

Value Value::group(Value key, Value items) {
  Sequence pair{SequenceKind::kTuple, {std::move(key), std::move(items)}, 0, true};
  pair.depth = depth_over(pair.items);
  Value value;
  value.data_ = std::make_shared<const Sequence>(std::move(pair));
  return value;
}

Value Value::iterator(Values items) {
  const uint32_t depth = depth_over(items);
  Value value;
  value.data_ = std::make_shared<Iterator>(Iterator{std::move(items), 0, depth});
  return value;
}

Value Value::dict(std::vector<std::pair<Value, Value>> entries) {
  uint32_t depth = 0;
  for (const auto& [key, item] : entries) depth = std::max({depth, key.depth(), item.depth()});
  Value value;
  value.data_ = std::make_shared<const Dict>(Dict{std::move(entries), depth + 1});
  return value;
}

bool Value::is(SequenceKind kind) const { return sequence() != nullptr && sequence()->kind == kind; }

uint32_t Value::depth() const {
  if (const Sequence* items = sequence()) return items->depth;
  if (const Dict* entries = dict()) return entries->depth;
  if (const Iterator* items = iterator()) return items->depth;
  if (const Loop* steps = loop()) return steps->depth();
  return 0;
}

std::string_view Value::type_name() const {
  if (const Sequence* items = sequence()) return kSequenceNames[static_cast<size_t>(items->kind)];
  // In the order of the variant.
  constexpr auto kNames = std::to_array<std::string_view>(
      {"none", "a boolean", "an integer", "a float", "an integer", "a string", "undefined", "a sequence",
       "a dict", "an iterator", "a loop", "a namespace", "a function"});
  return kNames[data_.index()];
}

bool Value::is_same(const Value& other) const {
  if (text() != nullptr && other.text() != nullptr) return *text() == *other.text();
  if (big() != nullptr && other.big() != nullptr) return *big() == *other.big();
  return data_ == other.data_;
}

const Value* Dict::find(std::string_view key) const {
  for (const auto& [name, value] : entries) {
    if (name.text() != nullptr && *name.text() == key) return &value;
  }
  return nullptr;
}

const Value* Namespace::find(std::string_view name) const {
  for (const auto& [field, value] : fields) {
    if (field == name) return &value;
  }
  return nullptr;
}

void Namespace::set(std::string_view name, Value value) {
  for (auto& [field, old] : fields) {
    if (field == name) {
      old = std::move(value);
      return;
    }
  }
  fields.emplace_back(name, std::move(value));
}

}  // namespace radlads::jinja
