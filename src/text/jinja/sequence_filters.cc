// Filters of sequences: whole ones, cut into lists, ordered, and selected by a test.
#include <algorithm>

#include "text/jinja/access.h"
#include "text/jinja/builtins.h"
#include "text/jinja/filters.h"
#include "text/jinja/operators.h"
#include "text/jinja/printing.h"
#include "text/jinja/strings.h"

namespace radlads::jinja {
namespace {

Value length(const Site& site, const Value& subject, const Arguments& arguments) {
  require_none(site, arguments);
  return length_of(site, subject);
}

Value default_to(const Site& site, const Value& subject, const Arguments& arguments) {
  const Bound given(site, arguments, {"default_value", "boolean"});
  const bool is_replaced =
      subject.undefined() != nullptr || (given.flag(1, false) && !is_true(site, subject));
  if (!is_replaced) return subject;
  return given.find(0) != nullptr ? given[0] : std::string();
}

Value first(const Site& site, const Value& subject, const Arguments& arguments) {
  require_none(site, arguments);
  if (Iterator* iterator = subject.iterator();
      iterator != nullptr && iterator->next < iterator->items.size()) {
    return iterator->items[iterator->next++];
  }
  const Values items = items_of(site, subject);
  return items.empty() ? site.undefined("the first item of an empty sequence") : items.front();
}

Value last(const Site& site, const Value& subject, const Arguments& arguments) {
  require_none(site, arguments);
  if (subject.iterator() != nullptr) site.fail("an iterator has no last item; make it a list with |list");
  const Values items = items_of(site, subject);
  if (items.empty()) return site.undefined("the last item of an empty sequence");
  return subject.is_markup() ? Value::markup(*items.back().text()) : items.back();
}

Value list(const Site& site, const Value& subject, const Arguments& arguments) {
  require_none(site, arguments);
  return Value::list(items_of(site, subject));
}

Value reverse(const Site& site, const Value& subject, const Arguments& arguments) {
  require_none(site, arguments);
  Values items = items_of(site, subject);
  std::reverse(items.begin(), items.end());
  if (subject.iterator() != nullptr) return Value::list(std::move(items));
  if (subject.text() == nullptr) return Value::iterator(std::move(items));
  std::string text;
  for (const Value& character : items) text += *character.text();
  return text_like(subject.is_markup(), std::move(text));
}

Value join(const Site& site, const Value& subject, const Arguments& arguments) {
  const Bound given(site, arguments, {"d", "attribute"});
  const std::string separator = given.find(0) != nullptr ? text_of(site, given[0]) : "";
  std::string joined;
  const Values items = items_of(site, subject);
  for (size_t i = 0; i < items.size(); ++i) {
    if (i > 0) site.append(separator, joined);
    site.append(text_of(site, field_for(site, items[i], given.find(1))), joined);
  }
  return joined;
}

Value sum(const Site& site, const Value& subject, const Arguments& arguments) {
  const Bound given(site, arguments, {"attribute", "start"});
  Value total = given.find(1) != nullptr ? given[1] : int64_t{0};
  if (total.text() != nullptr) site.fail("sum: use |join to join strings");
  for (const Value& item : items_of(site, subject)) {
    total = apply(site, BinaryOperator::kAdd, total, field_for(site, item, given.find(0)));
  }
  return total;
}

Value items(const Site& site, const Value& subject, const Arguments& arguments) {
  require_none(site, arguments);
  if (subject.undefined() != nullptr) return Value::iterator({});
  if (subject.dict() == nullptr) site.fail("items: {} is not a dict", subject.type_name());
  Values pairs;
  for (const auto& [key, value] : subject.dict()->entries) site.append(Value::tuple({key, value}), pairs);
  return Value::iterator(std::move(pairs));
}

// value.name, never value['name'].
Value attr(const Site& site, const Value& subject, const Arguments& arguments) {
  const Bound given(site, arguments, {"name"}, 1);
  return python_attribute_of(site, subject, given.text(0));
}

constexpr Filter kSequenceFilters[] = {{"length", length}, {"count", length},    {"default", default_to},
                                       {"d", default_to},  {"first", first},     {"last", last},
                                       {"list", list},     {"reverse", reverse}, {"join", join},
                                       {"sum", sum},       {"items", items},     {"attr", attr}};

}  // namespace

std::span<const Filter> sequence_filters() { return kSequenceFilters; }

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

constexpr Filter kGroupingFilters[] = {{"batch", batch}, {"slice", slice}, {"groupby", groupby}};

}  // namespace

std::span<const Filter> grouping_filters() { return kGroupingFilters; }

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

constexpr Filter kOrderFilters[] = {{"sort", sort},
                                    {"dictsort", dictsort},
                                    {"unique", unique},
                                    {"min", extreme<false>},
                                    {"max", extreme<true>}};

}  // namespace

std::span<const Filter> order_filters() { return kOrderFilters; }

namespace {

// The name of a filter or test at `place`, and the arguments that follow it.
std::string_view name_at(const Site& site, const Arguments& arguments, size_t place) {
  const Value& name = arguments.positional[place];
  site.require_defined(name);
  if (name.text() == nullptr) site.fail("{} takes a name, not {}", arguments.callee, name.type_name());
  return *name.text();
}

Arguments arguments_after(const Site& site, const Arguments& arguments, size_t place) {
  site.spend(kValueCost * (arguments.positional.size() + arguments.named.size()));
  const auto begin = arguments.positional.begin() + static_cast<std::ptrdiff_t>(place) + 1;
  return {name_at(site, arguments, place), {begin, arguments.positional.end()}, arguments.named};
}

// The fields of the items, `otherwise` (unless null) where there is none.
Values fields_of(const Site& site, const Values& items, const Arguments& arguments) {
  const Bound given(site, arguments, {"attribute", "default"}, 1);
  Values fields;
  for (const Value& item : items) {
    const Value field = field_at(site, item, given[0]);
    const bool is_absent = field.undefined() != nullptr && given.find(1) != nullptr && !given[1].is_none();
    site.append(is_absent ? given[1] : field, fields);
  }
  return fields;
}

Values filtered(const Site& site, const Values& items, const Arguments& arguments) {
  if (arguments.positional.empty()) site.fail("map needs the name of a filter, or attribute=");
  const Arguments rest = arguments_after(site, arguments, 0);
  const Filter* filter = find_filter(rest.callee);
  if (filter == nullptr) site.fail("there is no filter {}", rest.callee);
  Values results;
  for (const Value& item : items) site.append(filter->apply(site, item, rest), results);
  return results;
}

// Filters that are arguments of map may be map themselves.
class Nested {
 public:
  explicit Nested(const Site& site) : depth_(site.rendering().filter_depth) {
    if (++depth_ > kMaxDepth) site.fail("filters nested more than {} deep", kMaxDepth);
  }
  ~Nested() { --depth_; }
  Nested(const Nested&) = delete;
  Nested& operator=(const Nested&) = delete;

 private:
  uint32_t& depth_;
};

Value map(const Site& site, const Value& subject, const Arguments& arguments) {
  const Nested nested(site);
  if (!is_true(site, subject)) return Value::iterator({});
  const Values items = items_of(site, subject);
  const bool takes_fields = arguments.positional.empty() && !arguments.named.empty();
  return Value::iterator(takes_fields ? fields_of(site, items, arguments) : filtered(site, items, arguments));
}

// The items for which a test, or else their truth, has the wanted result; kOfField: that of a field.
template <bool kWanted, bool kOfField>
Value select(const Site& site, const Value& subject, const Arguments& arguments) {
  if (!is_true(site, subject)) return Value::iterator({});
  constexpr size_t kName = kOfField ? 1 : 0;
  if (arguments.positional.size() < kName) site.fail("{} needs the name of a field", arguments.callee);
  const bool has_test = arguments.positional.size() > kName;
  const Arguments rest = has_test ? arguments_after(site, arguments, kName) : Arguments{};
  const Test* test = has_test ? find_test(rest.callee) : nullptr;
  if (has_test && test == nullptr) site.fail("there is no test {}", rest.callee);
  Values selected;
  for (const Value& item : items_of(site, subject)) {
    const Value tested = field_for(site, item, kOfField ? &arguments.positional[0] : nullptr);
    if ((has_test ? test->holds(site, tested, rest) : is_true(site, tested)) == kWanted)
      site.append(item, selected);
  }
  return Value::iterator(std::move(selected));
}

constexpr Filter kSelectionFilters[] = {{"map", map},
                                        {"select", select<true, false>},
                                        {"reject", select<false, false>},
                                        {"selectattr", select<true, true>},
                                        {"rejectattr", select<false, true>}};

}  // namespace

std::span<const Filter> selection_filters() { return kSelectionFilters; }

}  // namespace radlads::jinja
