// + - * / // % and **, with Python's rules.
#pragma once

#include "text/jinja/site.h"
#include "text/jinja/syntax.h"

namespace radlads::jinja {

/// UserError if the operands have the wrong types, or the result is out of range.
Value apply(const Site& site, BinaryOperator op, const Value& a, const Value& b);

Value negate(const Site& site, const Value& value);

/// A number of either type as a float. UserError for other values.
double real_of(const Site& site, const Value& value);

}  // namespace radlads::jinja
