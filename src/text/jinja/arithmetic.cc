#include "text/jinja/arithmetic.h"

#include <cmath>

#include "text/jinja/comparison.h"

namespace radlads::jinja {
namespace {

const char* symbol_of(BinaryOperator op) {
  constexpr const char* kSymbols[] = {"+", "-", "*", "/", "//", "%", "**"};
  return kSymbols[static_cast<size_t>(op)];
}

bool is_number(const Value& value) { return value.real() != nullptr || integer_of(value).has_value(); }

int64_t power(const Site& site, int64_t base, int64_t exponent) {
  int64_t result = 1;
  bool overflows = false;
  while (exponent > 0 && !overflows) {
    if (exponent % 2 == 1) overflows = __builtin_mul_overflow(result, base, &result);
    exponent /= 2;
    if (exponent > 0 && !overflows) overflows = __builtin_mul_overflow(base, base, &base);
  }
  if (overflows) site.fail("the result does not fit 64 bits");
  return result;
}

// Rounds towards minus infinity; `b` is not 0.
int64_t floor_divide(const Site& site, int64_t a, int64_t b) {
  if (b == -1) return apply(site, BinaryOperator::kSubtract, int64_t{0}, a).integer()[0];
  return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
}

// Has the sign of `b`, which is not 0.
int64_t modulo(int64_t a, int64_t b) {
  if (b == -1) return 0;
  const int64_t rest = a % b;
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

Value apply_integers(const Site& site, BinaryOperator op, int64_t a, int64_t b) {
  int64_t result = 0;
  bool overflows = false;
  switch (op) {
    case BinaryOperator::kAdd:
      overflows = __builtin_add_overflow(a, b, &result);
      break;
    case BinaryOperator::kSubtract:
      overflows = __builtin_sub_overflow(a, b, &result);
      break;
    case BinaryOperator::kMultiply:
      overflows = __builtin_mul_overflow(a, b, &result);
      break;
    case BinaryOperator::kFloorDivide:
      return floor_divide(site, a, b);
    case BinaryOperator::kModulo:
      return modulo(a, b);
    default:
      return power(site, a, b);
  }
  if (overflows) site.fail("the result does not fit 64 bits");
  return result;
}

double modulo(double a, double b) {
  const double rest = std::fmod(a, b);
  if (rest == 0) return std::copysign(0.0, b);
  return (rest < 0) != (b < 0) ? rest + b : rest;
}

// The quotient, rounded down, of what is left when the remainder is taken away.
double floor_divide(double a, double b) {
  const double rest = std::fmod(a, b);
  const double quotient = (a - rest) / b - (rest != 0 && (rest < 0) != (b < 0) ? 1 : 0);
  if (quotient == 0) return std::copysign(0.0, a / b);
  const double floor = std::floor(quotient);
  return quotient - floor > 0.5 ? floor + 1 : floor;
}

Value apply_reals(const Site& site, BinaryOperator op, double a, double b) {
  switch (op) {
    case BinaryOperator::kAdd:
      return a + b;
    case BinaryOperator::kSubtract:
      return a - b;
    case BinaryOperator::kMultiply:
      return a * b;
    case BinaryOperator::kDivide:
      return a / b;
    case BinaryOperator::kFloorDivide:
      return floor_divide(a, b);
    case BinaryOperator::kModulo:
      return modulo(a, b);
    case BinaryOperator::kPower:
      break;
  }
  const double result = std::pow(a, b);
  if (std::isfinite(a) && std::isfinite(b) && !std::isfinite(result))
    site.fail("{} ** {} is no number", a, b);
  return result;
}

Value apply_numbers(const Site& site, BinaryOperator op, const Value& a, const Value& b) {
  const double y = real_of(site, b);
  const bool divides =
      op == BinaryOperator::kDivide || op == BinaryOperator::kFloorDivide || op == BinaryOperator::kModulo;
  if (divides && y == 0) site.fail("division by zero");
  const auto i = integer_of(a), j = integer_of(b);
  const bool is_real = op == BinaryOperator::kDivide || (op == BinaryOperator::kPower && y < 0);
  if (i && j && !is_real) return apply_integers(site, op, *i, *j);
  return apply_reals(site, op, real_of(site, a), y);
}

Values repeated(const Site& site, const Values& items, int64_t count) {
  Values result;
  if (items.empty()) return result;
  for (int64_t i = 0; i < count; ++i) {
    for (const Value& item : items) site.append(item, result);
  }
  return result;
}

std::string repeated(const Site& site, const std::string& text, int64_t count) {
  std::string result;
  if (text.empty()) return result;
  for (int64_t i = 0; i < count; ++i) site.append(text, result);
  return result;
}

// The sum of two strings, two lists or two tuples; nullopt if they are none.
std::optional<Value> joined(const Site& site, const Value& a, const Value& b) {
  if (a.text() != nullptr && b.text() != nullptr) {
    std::string text;
    text.reserve(a.text()->size() + b.text()->size());
    site.append(*a.text(), text);
    site.append(*b.text(), text);
    return text;
  }
  for (const SequenceKind kind : {SequenceKind::kList, SequenceKind::kTuple}) {
    if (!a.is(kind) || !b.is(kind)) continue;
    Values items = repeated(site, a.sequence()->items, 1);
    for (const Value& item : b.sequence()->items) site.append(item, items);
    return Value::sequence(kind, std::move(items));
  }
  return std::nullopt;
}

// A string, list or tuple times an integer; nullopt if they are none.
std::optional<Value> multiplied(const Site& site, const Value& a, const Value& b) {
  const auto count = integer_of(b);
  if (!count) return integer_of(a) ? multiplied(site, b, a) : std::nullopt;
  if (a.text() != nullptr) return repeated(site, *a.text(), *count);
  if (!a.is(SequenceKind::kList) && !a.is(SequenceKind::kTuple)) return std::nullopt;
  return Value::sequence(a.sequence()->kind, repeated(site, a.sequence()->items, *count));
}

}  // namespace

double real_of(const Site& site, const Value& value) {
  if (const double* real = value.real()) return *real;
  site.require_defined(value);
  if (const auto integer = integer_of(value)) return static_cast<double>(*integer);
  site.fail("{} is no number", value.type_name());
}

Value apply(const Site& site, BinaryOperator op, const Value& a, const Value& b) {
  site.require_defined(a);
  site.require_defined(b);
  if (is_number(a) && is_number(b)) return apply_numbers(site, op, a, b);
  std::optional<Value> result;
  if (op == BinaryOperator::kAdd) result = joined(site, a, b);
  if (op == BinaryOperator::kMultiply) result = multiplied(site, a, b);
  if (!result) site.fail("{} {} {} is not supported", a.type_name(), symbol_of(op), b.type_name());
  return *result;
}

Value negate(const Site& site, const Value& value) {
  if (const double* real = value.real()) return -*real;
  return apply(site, BinaryOperator::kSubtract, int64_t{0}, value);
}

}  // namespace radlads::jinja
