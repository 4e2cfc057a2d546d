// Parts of values: fields, items, slices, and all items one after the other.
#pragma once

#include "text/jinja/site.h"

namespace radlads::jinja {

/// value.name, which is value[name] if there is no such attribute. Undefined if there is neither.
/// UserError if Python would give a method.
Value attribute_of(const Site& site, const Value& value, const std::string& name);

/// The same without value[name]: what Python's getattr() gives.
Value python_attribute_of(const Site& site, const Value& value, const std::string& name);

/// Sets a field of a namespace. UserError for names that transformers refuses.
void set_field(const Site& site, Namespace& space, const std::string& name, Value value);

/// value[key]
Value item_of(const Site& site, const Value& value, const Value& key);

/// value[start:stop:step]; each may be none.
Value slice_of(const Site& site, const Value& value, const Value& start, const Value& stop,
               const Value& step);

/// The field at a path "a.b.0" of names and indices, or at one index, as the `attribute=` of filters gives
/// it.
Value field_at(const Site& site, Value value, const Value& path);

/// What a for loop goes over: items, keys, characters, or what is left of an iterator, which is then used up.
Values items_of(const Site& site, const Value& value);

/// True if items_of gives items.
bool is_iterable(const Value& value);

/// len(value)
int64_t length_of(const Site& site, const Value& value);

}  // namespace radlads::jinja
