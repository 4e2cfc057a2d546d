#include "text/jinja/comparison.h"

#include <algorithm>
#include <cmath>

#include "text/jinja/access.h"
#include "text/jinja/loop.h"

namespace radlads::jinja {
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
