// Filters that cut sequences into lists.

#include <algorithm>

#include "text/jinja/access.h"
#include "text/jinja/comparison.h"
#include "text/jinja/filters.h"

namespace radlads::jinja {
namespace {

// Lists of this many items; the last one may be padded.
Value batch(const Site& site, const Value& subject, const Arguments& arguments) {
  const Bound given(site, arguments, {"linecount", "fill_with"}, 1);
  const int64_t count = given.integer(0, 0);
  const bool is_filled = given.find(1) != nullptr && !given[1].is_none();
  Values lists, current;
  for (const Value& item : items_of(site, subject)) {
    if (std::ssize(current) == count) site.append(Value::list(std::exchange(current, {})), lists);
    site.append(item, current);
  }
  if (!current.empty()) {
    while (is_filled && std::ssize(current) < count) site.append(given[1], current);
    site.append(Value::list(std::move(current)), lists);
  }
  return Value::iterator(std::move(lists));
}

// This many lists, the first of which get what is left over.
Value slice(const Site& site, const Value& subject, const Arguments& arguments) {
  const Bound given(site, arguments, {"slices", "fill_with"}, 1);
  const int64_t count = given.integer(0, 0);
  const bool is_filled = given.find(1) != nullptr && !given[1].is_none();
  const Values items = items_of(site, subject);
  if (count == 0) site.fail("slice: the number of slices is 0");
  Values lists;
  auto next = items.begin();
  for (int64_t i = 0; i < count; ++i) {
    const bool is_longer = i < std::ssize(items) % count;
    const auto end = next + std::ssize(items) / count + (is_longer ? 1 : 0);
    Values list(next, end);
    if (is_filled && !is_longer) site.append(given[1], list);
    site.append(Value::list(std::move(list)), lists);
    next = end;
  }
  return Value::iterator(std::move(lists));
}

// Pairs (key, list) in the order of the keys.
Value groupby(const Site& site, const Value& subject, const Arguments& arguments) {
  const Bound given(site, arguments, {"attribute", "default", "case_sensitive"}, 1);
  const bool case_sensitive = given.flag(2, false);
  const auto key_of = [&](const Value& item) {
    const Value key = field_at(site, item, given[0]);
    const bool is_absent = key.undefined() != nullptr && given.find(1) != nullptr && !given[1].is_none();
    return is_absent ? given[1] : key;
  };
  struct Group {
    Value sorted_by, key;
    Values items;
  };
  std::vector<Group> groups;
  std::vector<std::pair<Value, Value>> keyed;
  for (const Value& item : items_of(site, subject)) {
    const Value key = key_of(item);
    keyed.emplace_back(case_sensitive ? key : without_case(site, key), item);
  }
  std::stable_sort(keyed.begin(), keyed.end(),
                   [&](const auto& a, const auto& b) { return compare(site, a.first, b.first) < 0; });
  for (const auto& [key, item] : keyed) {
    if (groups.empty() || !is_equal(site, groups.back().sorted_by, key))
      groups.push_back({key, key_of(item), {}});
    site.append(item, groups.back().items);
  }
  Values pairs;
  for (Group& group : groups) {
    site.append(Value::group(std::move(group.key), Value::list(std::move(group.items))), pairs);
  }
  return Value::list(std::move(pairs));
}

constexpr Filter kFilters[] = {{"batch", batch}, {"slice", slice}, {"groupby", groupby}};

}  // namespace

std::span<const Filter> grouping_filters() { return kFilters; }

}  // namespace radlads::jinja
