#include <algorithm>

#include "text/jinja/access.h"
#include "text/jinja/comparison.h"
#include "text/jinja/filters.h"
#include "text/jinja/strings.h"

namespace radlads::jinja {
namespace {

/// An item, and its sort key.
struct Keyed {
  Value key, item;
};

Values sorted(const Site& site, std::vector<Keyed> keyed, bool is_reverse) {
  std::stable_sort(keyed.begin(), keyed.end(), [&](const Keyed& a, const Keyed& b) {
    return is_reverse ? compare(site, b.key, a.key) < 0 : compare(site, a.key, b.key) < 0;
  });
  Values items;
  for (Keyed& one : keyed) items.push_back(std::move(one.item));
  return items;
}

// The sort key of an item: its field `attribute`, or itself.
Value key_of(const Site& site, const Value& item, const Value* attribute, bool case_sensitive) {
  const Value field = field_for(site, item, attribute);
  return case_sensitive ? field : without_case(site, field);
}

// The same for several fields, "a,b": by the first, then by the second.
Value keys_of(const Site& site, const Value& item, const Value* attribute, bool case_sensitive) {
  if (attribute == nullptr || attribute->text() == nullptr)
    return key_of(site, item, attribute, case_sensitive);
  Values keys;
  for (const std::string_view name : split(*attribute->text(), ",", -1)) {
    const Value one = std::string(name);
    site.append(key_of(site, item, &one, case_sensitive), keys);
  }
  return Value::list(std::move(keys));
}

Value sort(const Site& site, const Value& subject, const Arguments& arguments) {
  const Bound given(site, arguments, {"reverse", "case_sensitive", "attribute"});
  const bool is_reverse = given.flag(0, false), case_sensitive = given.flag(1, false);
  std::vector<Keyed> keyed;
  for (const Value& item : items_of(site, subject)) {
    keyed.push_back({keys_of(site, item, given.find(2), case_sensitive), item});
  }
  return Value::list(sorted(site, std::move(keyed), is_reverse));
}

Value dictsort(const Site& site, const Value& subject, const Arguments& arguments) {
  const Bound given(site, arguments, {"case_sensitive", "by", "reverse"});
  site.require_defined(subject);
  if (subject.dict() == nullptr) site.fail("dictsort: {} is not a dict", subject.type_name());
  const std::string by = given.find(1) != nullptr ? given.text(1) : "key";
  if (by != "key" && by != "value") site.fail("dictsort: by must be key or value");
  const bool case_sensitive = given.flag(0, false);
  std::vector<Keyed> keyed;
  for (const auto& [key, value] : subject.dict()->entries) {
    keyed.push_back(
        {key_of(site, by == "key" ? key : value, nullptr, case_sensitive), Value::tuple({key, value})});
  }
  return Value::list(sorted(site, std::move(keyed), given.flag(2, false)));
}

Value unique(const Site& site, const Value& subject, const Arguments& arguments) {
  const Bound given(site, arguments, {"case_sensitive", "attribute"});
  const bool case_sensitive = given.flag(0, false);
  Dict seen{};
  Values items;
  for (const Value& item : items_of(site, subject)) {
    const Value key = key_of(site, item, given.find(1), case_sensitive);
    if (find_key(site, seen, key) != nullptr) continue;
    seen.entries.emplace_back(key, Value());
    site.append(item, items);
  }
  return Value::iterator(std::move(items));
}

// The first of the items that no other item is less (or greater) than.
template <bool kGreatest>
Value extreme(const Site& site, const Value& subject, const Arguments& arguments) {
  const Bound given(site, arguments, {"case_sensitive", "attribute"});
  const bool case_sensitive = given.flag(0, false);
  const Values items = items_of(site, subject);
  if (items.empty()) return site.undefined("the least or greatest item of an empty sequence");
  const Value* best = &items[0];
  Value best_key = key_of(site, *best, given.find(1), case_sensitive);
  for (size_t i = 1; i < items.size(); ++i) {
    const Value key = key_of(site, items[i], given.find(1), case_sensitive);
    if (kGreatest ? compare(site, key, best_key) > 0 : compare(site, key, best_key) < 0) {
      best = &items[i];
      best_key = key;
    }
  }
  return *best;
}

constexpr Filter kFilters[] = {{"sort", sort},
                               {"dictsort", dictsort},
                               {"unique", unique},
                               {"min", extreme<false>},
                               {"max", extreme<true>}};

}  // namespace

std::span<const Filter> order_filters() { return kFilters; }

}  // namespace radlads::jinja
