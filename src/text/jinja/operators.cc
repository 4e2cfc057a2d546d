#include "text/jinja/operators.h"

#include <algorithm>
#include <cmath>

#include "text/jinja/access.h"
#include "text/jinja/loop.h"
#include "text/jinja/print_format.h"
#include "text/jinja/strings.h"

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

namespace {

// Every int64 and every double fits a long double exactly: Python compares numbers without rounding them.
std::optional<long double> number_of(const Value& value) {
  if (const double* real = value.real()) return *real;
  if (const auto integer = integer_of(value)) return static_cast<long double>(*integer);
  return std::nullopt;
}

// A large integer and a float, which has no fraction when it is that large.
std::partial_ordering compare_with(const BigInteger& a, double b) {
  if (std::isnan(b)) return std::partial_ordering::unordered;
  if (std::isinf(b)) return 0.0 <=> b;
  return a <=> BigInteger::truncated(b);
}

std::partial_ordering reversed(std::partial_ordering order) {
  return order < 0 ? std::partial_ordering::greater : order > 0 ? std::partial_ordering::less : order;
}

// nullopt unless both are numbers.
std::optional<std::partial_ordering> compare_numbers(const Value& a, const Value& b) {
  const auto x = number_of(a), y = number_of(b);
  if (x && y) return *x <=> *y;
  if (a.big() != nullptr && b.real() != nullptr) return compare_with(*a.big(), *b.real());
  if (a.real() != nullptr && b.big() != nullptr) return reversed(compare_with(*b.big(), *a.real()));
  const auto i = big_of(a), j = big_of(b);
  if (i && j) return *i <=> *j;
  return std::nullopt;
}

bool are_equal_items(const Site& site, const Values& a, const Values& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](const Value& x, const Value& y) { return is_equal(site, x, y); });
}

bool are_equal_dicts(const Site& site, const Dict& a, const Dict& b) {
  if (a.entries.size() != b.entries.size()) return false;
  return std::all_of(a.entries.begin(), a.entries.end(), [&](const auto& entry) {
    const Value* other = find_key(site, b, entry.first);
    return other != nullptr && is_equal(site, entry.second, *other);
  });
}

bool can_be_key(const Value& value) {
  if (value.is(SequenceKind::kTuple)) {
    const Values& items = value.sequence()->items;
    return std::all_of(items.begin(), items.end(), can_be_key);
  }
  return value.sequence() == nullptr && value.dict() == nullptr;
}

// The number of entries if the key is not among them.
size_t place_of(const Site& site, const Dict& dict, const Value& key) {
  site.require_usable(key);
  if (!can_be_key(key)) site.fail("{} cannot be a key of a dict", key.type_name());
  site.spend(kValueCost * (dict.entries.size() + 1));
  const auto found = std::find_if(dict.entries.begin(), dict.entries.end(), [&](const auto& entry) {
    const bool are_texts = key.text() != nullptr && entry.first.text() != nullptr;
    return are_texts ? *key.text() == *entry.first.text() : is_equal(site, entry.first, key);
  });
  return static_cast<size_t>(found - dict.entries.begin());
}

bool is_ordered(const Value& value) {
  return value.is(SequenceKind::kList) || value.is(SequenceKind::kTuple);
}

}  // namespace

std::optional<int64_t> integer_of(const Value& value) {
  if (const bool* flag = value.boolean()) return *flag ? 1 : 0;
  if (const int64_t* integer = value.integer()) return *integer;
  return std::nullopt;
}

std::optional<BigInteger> big_of(const Value& value) {
  if (const BigInteger* big = value.big()) return *big;
  const auto small = integer_of(value);
  return small ? std::optional<BigInteger>(*small) : std::nullopt;
}

bool is_equal(const Site& site, const Value& a, const Value& b) {
  const Descent descent(site);
  site.spend(kValueCost);
  site.require_usable(a);
  site.require_usable(b);
  if (a.undefined() != nullptr) return b.undefined() != nullptr;
  if (const auto order = compare_numbers(a, b)) return *order == 0;
  if (a.text() != nullptr && b.text() != nullptr) {
    site.spend(std::min(a.text()->size(), b.text()->size()));
    return *a.text() == *b.text();
  }
  const Sequence *s = a.sequence(), *t = b.sequence();
  if (s != nullptr && t != nullptr) return s->kind == t->kind && are_equal_items(site, s->items, t->items);
  if (a.dict() != nullptr && b.dict() != nullptr) return are_equal_dicts(site, *a.dict(), *b.dict());
  return a.is_same(b);
}

std::partial_ordering compare(const Site& site, const Value& a, const Value& b) {
  const Descent descent(site);
  site.spend(kValueCost);
  site.require_defined(a);
  site.require_defined(b);
  if (const auto order = compare_numbers(a, b)) return *order;
  if (a.text() != nullptr && b.text() != nullptr) {
    site.spend(std::min(a.text()->size(), b.text()->size()));
    return *a.text() <=> *b.text();  // the order of UTF-8's bytes is that of the characters
  }
  if (!is_ordered(a) || !is_ordered(b) || a.sequence()->kind != b.sequence()->kind) {
    site.fail("{} and {} cannot be ordered", a.type_name(), b.type_name());
  }
  const Values &items = a.sequence()->items, &others = b.sequence()->items;
  for (size_t i = 0; i < std::min(items.size(), others.size()); ++i) {
    if (!is_equal(site, items[i], others[i])) return compare(site, items[i], others[i]);
  }
  return items.size() <=> others.size();
}

bool contains(const Site& site, const Value& container, const Value& item) {
  if (const std::string* text = container.text()) {
    site.require_defined(item);
    if (item.text() == nullptr) site.fail("{} cannot be in a string", item.type_name());
    site.spend(text->size());
    return text->find(*item.text()) != text->npos;
  }
  if (const Dict* dict = container.dict()) return find_key(site, *dict, item) != nullptr;
  if (Iterator* iterator = container.iterator()) {
    while (iterator->next < iterator->items.size()) {
      if (is_equal(site, iterator->items[iterator->next++], item)) return true;
    }
    return false;
  }
  const Values items = items_of(site, container);
  return std::any_of(items.begin(), items.end(),
                     [&](const Value& other) { return other.is_same(item) || is_equal(site, other, item); });
}

bool holds(const Site& site, Relation relation, const Value& a, const Value& b) {
  switch (relation) {
    case Relation::kEqual:
      return is_equal(site, a, b);
    case Relation::kUnequal:
      return !is_equal(site, a, b);
    case Relation::kLess:
      return compare(site, a, b) < 0;
    case Relation::kLessOrEqual:
      return compare(site, a, b) <= 0;
    case Relation::kGreater:
      return compare(site, a, b) > 0;
    case Relation::kGreaterOrEqual:
      return compare(site, a, b) >= 0;
    case Relation::kIn:
      return contains(site, b, a);
    case Relation::kNotIn:
      return !contains(site, b, a);
  }
  return false;
}

const Value* find_key(const Site& site, const Dict& dict, const Value& key) {
  const size_t place = place_of(site, dict, key);
  return place < dict.entries.size() ? &dict.entries[place].second : nullptr;
}

void set_key(const Site& site, Dict& dict, Value key, Value value) {
  const size_t place = place_of(site, dict, key);
  if (place < dict.entries.size()) {
    dict.entries[place].second = std::move(value);
  } else {
    dict.entries.emplace_back(std::move(key), std::move(value));
  }
}

bool is_true(const Site& site, const Value& value) {
  site.require_usable(value);
  if (const auto number = number_of(value)) return *number != 0;
  if (const std::string* text = value.text()) return !text->empty();
  if (const Sequence* sequence = value.sequence()) return !sequence->items.empty();
  if (const Dict* dict = value.dict()) return !dict->entries.empty();
  return !value.is_none() && value.undefined() == nullptr;
}

}  // namespace radlads::jinja
