#include "text/jinja/arithmetic.h"

#include <cmath>

#include "text/jinja/comparison.h"
#include "text/jinja/markup.h"
#include "text/jinja/print_format.h"

namespace radlads::jinja {
namespace {

const char* symbol_of(BinaryOperator op) {
  constexpr const char* kSymbols[] = {"+", "-", "*", "/", "//", "%", "**"};
  return kSymbols[static_cast<size_t>(op)];
}

bool is_number(const Value& value) {
  return value.real() != nullptr || value.big() != nullptr || integer_of(value).has_value();
}

// The work of operations on large integers, and the size of their results, are limited.
constexpr size_t kMaxBits = size_t{1} << 16;

BigInteger checked_product(const Site& site, const BigInteger& a, const BigInteger& b) {
  if (a.num_bits() + b.num_bits() > kMaxBits) site.fail("the result has more than {} bits", kMaxBits);
  site.spend(a.num_bits() / 32 * (b.num_bits() / 32));
  return a * b;
}

BigInteger power(const Site& site, BigInteger base, int64_t exponent) {
  BigInteger result = 1;
  for (; exponent > 0; exponent /= 2) {
    if (exponent % 2 == 1) result = checked_product(site, result, base);
    if (exponent > 1) base = checked_product(site, base, base);
  }
  return result;
}

// `b` is not 0 where it divides, and not negative where it is an exponent.
Value apply_big(const Site& site, BinaryOperator op, const BigInteger& a, const BigInteger& b) {
  site.spend(a.num_bits() + b.num_bits());
  switch (op) {
    case BinaryOperator::kAdd:
      return a + b;
    case BinaryOperator::kSubtract:
      return a - b;
    case BinaryOperator::kMultiply:
      return checked_product(site, a, b);
    case BinaryOperator::kFloorDivide:
    case BinaryOperator::kModulo: {
      site.spend(a.num_bits() * (b.num_bits() / 32));
      BigInteger::Division division = BigInteger::divide(a, b);
      return op == BinaryOperator::kModulo ? division.remainder : division.quotient;
    }
    default: {
      const bool is_constant = a.is_zero() || a == BigInteger(1) || a == BigInteger(-1);
      const auto exponent = b.small();
      if (!exponent && !is_constant) site.fail("the result has more than {} bits", kMaxBits);
      return power(site, a, exponent ? *exponent : *BigInteger::divide(b, 2).remainder.small() + 2);
    }
  }
}

Value apply_integers(const Site& site, BinaryOperator op, int64_t a, int64_t b) {
  int64_t result = 0;
  bool overflows = true;
  if (op == BinaryOperator::kAdd) overflows = __builtin_add_overflow(a, b, &result);
  if (op == BinaryOperator::kSubtract) overflows = __builtin_sub_overflow(a, b, &result);
  if (op == BinaryOperator::kMultiply) overflows = __builtin_mul_overflow(a, b, &result);
  return overflows ? apply_big(site, op, a, b) : Value(result);
}

// a / b as Python rounds it: once. `b` is not 0.
double true_quotient(const Site& site, const BigInteger& a, const BigInteger& b) {
  site.spend(a.num_bits() + b.num_bits());
  const double quotient = BigInteger::quotient(a, b);
  if (!std::isfinite(quotient)) site.fail("the quotient is too large for a float");
  return quotient;
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
    site.fail("{} ** {} is not a real number", a, b);
  return result;
}

Value apply_numbers(const Site& site, BinaryOperator op, const Value& a, const Value& b) {
  const bool divides =
      op == BinaryOperator::kDivide || op == BinaryOperator::kFloorDivide || op == BinaryOperator::kModulo;
  if (divides && !is_true(site, b)) site.fail("division by zero");
  if (a.real() != nullptr || b.real() != nullptr ||
      (op == BinaryOperator::kPower && big_of(b)->is_negative())) {
    return apply_reals(site, op, real_of(site, a), real_of(site, b));
  }
  if (op == BinaryOperator::kDivide) return true_quotient(site, *big_of(a), *big_of(b));
  const auto i = integer_of(a), j = integer_of(b);
  return i && j ? apply_integers(site, op, *i, *j) : apply_big(site, op, *big_of(a), *big_of(b));
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

// The sum of two strings, two lists or two tuples; nullopt if they are not.
std::optional<Value> joined(const Site& site, const Value& a, const Value& b) {
  if (a.text() != nullptr && b.text() != nullptr) {
    const bool is_markup = a.is_markup() || b.is_markup();
    std::string text;
    text.reserve(a.text()->size() + b.text()->size());
    site.append(is_markup && !a.is_markup() ? escaped(*a.text()) : *a.text(), text);
    site.append(is_markup && !b.is_markup() ? escaped(*b.text()) : *b.text(), text);
    return text_like(is_markup, std::move(text));
  }
  for (const SequenceKind kind : {SequenceKind::kList, SequenceKind::kTuple}) {
    if (!a.is(kind) || !b.is(kind)) continue;
    Values items = repeated(site, a.sequence()->items, 1);
    for (const Value& item : b.sequence()->items) site.append(item, items);
    return Value::sequence(kind, std::move(items));
  }
  return std::nullopt;
}

// A string, list or tuple times an integer; nullopt if they are not.
std::optional<Value> multiplied(const Site& site, const Value& a, const Value& b) {
  const auto count = integer_of(b);
  if (!count) return integer_of(a) ? multiplied(site, b, a) : std::nullopt;
  if (a.text() != nullptr) return text_like(a.is_markup(), repeated(site, *a.text(), *count));
  if (!a.is(SequenceKind::kList) && !a.is(SequenceKind::kTuple)) return std::nullopt;
  return Value::sequence(a.sequence()->kind, repeated(site, a.sequence()->items, *count));
}

}  // namespace

double real_of(const Site& site, const Value& value) {
  if (const double* real = value.real()) return *real;
  site.require_defined(value);
  const auto integer = big_of(value);
  if (!integer) site.fail("{} is not a number", value.type_name());
  const double real = integer->to_double();
  if (!std::isfinite(real)) site.fail("an integer is too large for a float");
  return real;
}

Value apply(const Site& site, BinaryOperator op, const Value& a, const Value& b) {
  site.require_defined(a);
  site.require_defined(b);
  if (is_number(a) && is_number(b)) return apply_numbers(site, op, a, b);
  std::optional<Value> result;
  if (op == BinaryOperator::kModulo && a.text() != nullptr) return print_formatted(site, a, b);
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
