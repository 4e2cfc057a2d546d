#include <algorithm>

#include "text/jinja/access.h"
#include "text/jinja/arithmetic.h"
#include "text/jinja/comparison.h"
#include "text/jinja/filters.h"
#include "text/jinja/markup.h"
#include "text/jinja/printing.h"

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

constexpr Filter kFilters[] = {{"length", length}, {"count", length},    {"default", default_to},
                               {"d", default_to},  {"first", first},     {"last", last},
                               {"list", list},     {"reverse", reverse}, {"join", join},
                               {"sum", sum},       {"items", items},     {"attr", attr}};

}  // namespace

std::span<const Filter> sequence_filters() { return kFilters; }

}  // namespace radlads::jinja
