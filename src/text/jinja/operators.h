// Python's operators: + - * / // % **, ==, <, `in`, and the truth of a value.
#pragma once

#include <compare>

#include "text/jinja/big_integer.h"
#include "text/jinja/site.h"
#include "text/jinja/syntax.h"

namespace radlads::jinja {

/// UserError if the operands have the wrong types, or the result is out of range.
Value apply(const Site& site, BinaryOperator op, const Value& a, const Value& b);

Value negate(const Site& site, const Value& value);

/// A number of either type as a float. UserError for other values.
double real_of(const Site& site, const Value& value);

/// A boolean or integer as an integer; nullopt for other values.
std::optional<int64_t> integer_of(const Value& value);

/// A boolean or an integer of any size; nullopt for other values.
std::optional<BigInteger> big_of(const Value& value);

bool is_equal(const Site& site, const Value& a, const Value& b);

/// The order of numbers, strings, lists and tuples. UserError if the two cannot be ordered.
std::partial_ordering compare(const Site& site, const Value& a, const Value& b);

/// item in container
bool contains(const Site& site, const Value& container, const Value& item);

bool holds(const Site& site, Relation relation, const Value& a, const Value& b);

/// The value of a key; null if there is none. UserError if `key` cannot be a key.
const Value* find_key(const Site& site, const Dict& dict, const Value& key);

/// Sets the value of a key, which keeps its place if it already exists. UserError if `key` cannot be a key.
void set_key(const Site& site, Dict& dict, Value key, Value value);

/// Python's truth of a value.
bool is_true(const Site& site, const Value& value);

}  // namespace radlads::jinja
