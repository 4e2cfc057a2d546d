#include "text/jinja/access.h"
#include "text/jinja/comparison.h"
#include "text/jinja/filters.h"
#include "text/jinja/tests.h"

namespace radlads::jinja {
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

constexpr Filter kFilters[] = {{"map", map},
                               {"select", select<true, false>},
                               {"reject", select<false, false>},
                               {"selectattr", select<true, true>},
                               {"rejectattr", select<false, true>}};

}  // namespace

std::span<const Filter> selection_filters() { return kFilters; }

}  // namespace radlads::jinja
