#include "text/jinja/access.h"

#include <algorithm>
#include <charconv>

#include "core/utf8.h"
#include "text/jinja/callable.h"
#include "text/jinja/loop.h"
#include "text/jinja/methods.h"
#include "text/jinja/operators.h"
#include "text/jinja/printing.h"
#include "text/jinja/strings.h"

namespace radlads::jinja {
namespace {

Value absent_field(const Site& site, const std::string& name) {
  return site.undefined(fmt::format("the field {}", in_python_quotes(name)));
}

// What Python's getattr() gives: a method, or a field of an object that is not a dict; nullopt if there is
// none.
std::optional<Value> python_attribute(const Site& site, const Value& value, const std::string& name) {
  if (const Namespace* space = value.space()) {
    if (const Value* field = space->find(name)) return *field;
  }
  if (const Callable* callable = value.callable()) return callable->attribute(name);
  if (const Method* method = find_method(site, value, name)) return bound_method(site, value, *method);
  if (Loop* loop = value.loop()) return loop->attribute(site, name);
  if (value.sequence() != nullptr && value.sequence()->is_group) {
    if (name == "grouper") return value.sequence()->items[0];
    if (name == "list") return value.sequence()->items[1];
  }
  return std::nullopt;
}

// The item at an index, which may count from the end; undefined beyond.
Value item_at(const Site& site, const Value& value, int64_t index) {
  const std::string* text = value.text();
  const int64_t length = length_of(site, value);
  const int64_t position = index < 0 ? index + length : index;
  if (position < 0 || position >= length) return site.undefined(fmt::format("the item {}", index));
  if (text == nullptr) return value.sequence()->items[static_cast<size_t>(position)];
  const size_t begin = byte_of(*text, position);
  return text_like(value.is_markup(), text->substr(begin, utf8_length((*text)[begin])));
}

constexpr int64_t kMaxStep = int64_t{1} << 40;  // larger than any length

// The positions in a slice, as Python's slice.indices() gives them.
struct Indices {
  int64_t start, step, count;
};

int64_t bound_of(const Site& site, const Value& bound, int64_t otherwise, int64_t lowest, int64_t highest,
                 int64_t length) {
  if (bound.is_none()) return otherwise;
  site.require_defined(bound);
  auto index = integer_of(bound);
  if (!index) site.fail("{} cannot be a slice bound", bound.type_name());
  if (*index < 0) *index += length;
  return std::clamp(*index, lowest, highest);
}

Indices indices_of(const Site& site, const Value& start, const Value& stop, const Value& step,
                   int64_t length) {
  const int64_t by = bound_of(site, step, 1, -kMaxStep, kMaxStep, 0);
  if (by == 0) site.fail("the step of a slice must not be 0");
  const int64_t lowest = by < 0 ? -1 : 0, highest = by < 0 ? length - 1 : length;
  const int64_t begin = bound_of(site, start, by < 0 ? highest : lowest, lowest, highest, length);
  const int64_t end = bound_of(site, stop, by < 0 ? lowest : highest, lowest, highest, length);
  const int64_t distance = by < 0 ? begin - end : end - begin;
  return {begin, by, distance <= 0 ? 0 : (distance - 1) / std::abs(by) + 1};
}

// Items of a sequence, or characters.
template <class Items, class Take>
void take_slice(const Items& items, const Indices& indices, const Take& take) {
  for (int64_t i = 0; i < indices.count; ++i)
    take(items[static_cast<size_t>(indices.start + i * indices.step)]);
}

bool is_indexable(const Value& value) {
  if (value.text() != nullptr) return true;
  const Sequence* sequence = value.sequence();
  return sequence != nullptr && sequence->kind <= SequenceKind::kRange;
}

}  // namespace

Value attribute_of(const Site& site, const Value& value, const std::string& name) {
  site.require_defined(value);
  if (is_hidden(site, value, name)) return absent_field(site, name);
  if (auto attribute = python_attribute(site, value, name)) return *attribute;
  const Value* field = value.dict() == nullptr ? nullptr : value.dict()->find(name);
  return field != nullptr ? *field : absent_field(site, name);
}

Value python_attribute_of(const Site& site, const Value& value, const std::string& name) {
  if (is_hidden(site, value, name)) return absent_field(site, name);
  const auto attribute = python_attribute(site, value, name);
  return attribute ? *attribute : absent_field(site, name);
}

void set_field(const Site& site, Namespace& space, const std::string& name, Value value) {
  if (name.starts_with('_') && site.rendering().options.dialect == TemplateDialect::kTransformers)
    site.fail("a chat template cannot set {}: the name of a field must not begin with _", name);
  space.set(name, std::move(value));
}

Value item_of(const Site& site, const Value& value, const Value& key) {
  site.require_defined(value);
  site.require_usable(key);
  const bool can_be_key = key.dict() == nullptr && !key.is(SequenceKind::kList);
  if (const Dict* dict = value.dict(); dict != nullptr && can_be_key) {
    const Value* found = find_key(site, *dict, key);
    if (found != nullptr) return *found;
  }
  if (key.text() != nullptr) return attribute_of(site, value, *key.text());
  const auto index = integer_of(key);
  if (index && is_indexable(value)) return item_at(site, value, *index);
  return site.undefined(fmt::format("the item {}", key.undefined() != nullptr ? "" : text_of(site, key)));
}

Value slice_of(const Site& site, const Value& value, const Value& start, const Value& stop,
               const Value& step) {
  site.require_defined(value);
  if (!is_indexable(value)) site.fail("{} cannot be sliced", value.type_name());
  const Indices indices = indices_of(site, start, stop, step, length_of(site, value));
  if (const std::string* text = value.text()) {
    std::string part;
    site.spend(text->size());
    take_slice(characters_of(*text), indices, [&](std::string_view character) { part += character; });
    return text_like(value.is_markup(), std::move(part));
  }
  Values items;
  take_slice(value.sequence()->items, indices, [&](const Value& item) { site.append(item, items); });
  return Value::sequence(value.sequence()->kind, std::move(items));
}

Value field_at(const Site& site, Value value, const Value& path) {
  if (path.text() == nullptr) return item_of(site, value, path);
  for (const std::string_view part : split(*path.text(), ".", -1)) {
    int64_t index = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), index);
    const bool is_index = error == std::errc() && end == part.data() + part.size() && part[0] != '-';
    value = item_of(site, value, is_index ? Value(index) : Value(std::string(part)));
  }
  return value;
}

bool is_iterable(const Value& value) {
  return value.text() != nullptr || value.sequence() != nullptr || value.dict() != nullptr ||
         value.iterator() != nullptr || value.undefined() != nullptr;
}

Values items_of(const Site& site, const Value& value) {
  site.require_usable(value);
  Values items;
  if (const Sequence* sequence = value.sequence()) {
    site.spend(kValueCost * sequence->items.size());
    return sequence->items;
  }
  if (const Dict* dict = value.dict()) {
    for (const auto& [key, item] : dict->entries) site.append(key, items);
  } else if (const std::string* text = value.text()) {
    for (const std::string_view character : characters_of(*text)) site.append(std::string(character), items);
  } else if (Iterator* iterator = value.iterator()) {
    while (iterator->next < iterator->items.size()) site.append(iterator->items[iterator->next++], items);
  } else if (value.undefined() == nullptr) {
    site.fail("{} has no items", value.type_name());
  }
  return items;
}

int64_t length_of(const Site& site, const Value& value) {
  site.require_usable(value);
  if (const std::string* text = value.text()) {
    site.spend(text->size());
    return length_of(*text);
  }
  if (const Sequence* sequence = value.sequence()) return std::ssize(sequence->items);
  if (const Dict* dict = value.dict()) return std::ssize(dict->entries);
  if (Loop* loop = value.loop()) return loop->attribute(site, "length").integer()[0];
  if (value.undefined() != nullptr) return 0;
  site.fail("{} has no length{}", value.type_name(),
            value.iterator() != nullptr ? "; make it a list with |list" : "");
}

}  // namespace radlads::jinja
