#include "text/jinja/tests.h"

#include "text/case_mapping.h"
#include "text/jinja/access.h"
#include "text/jinja/arithmetic.h"
#include "text/jinja/comparison.h"
#include "text/jinja/filters.h"
#include "text/jinja/printing.h"

namespace radlads::jinja {
namespace {

// Tests of the type only.
using Property = bool (*)(const Value&);

template <Property kHas>
bool has(const Site& site, const Value& subject, const Arguments& arguments) {
  require_none(site, arguments);
  return kHas(subject);
}

bool is_defined(const Value& value) { return value.undefined() == nullptr; }
bool is_undefined(const Value& value) { return value.undefined() != nullptr; }
bool is_none(const Value& value) { return value.is_none(); }
bool is_boolean(const Value& value) { return value.boolean() != nullptr; }
bool is_true_itself(const Value& value) { return is_boolean(value) && *value.boolean(); }
bool is_false_itself(const Value& value) { return is_boolean(value) && !*value.boolean(); }
bool is_integer(const Value& value) { return value.integer() != nullptr || value.big() != nullptr; }
bool is_float(const Value& value) { return value.real() != nullptr; }
bool is_number(const Value& value) { return is_integer(value) || is_float(value) || is_boolean(value); }
bool is_string(const Value& value) { return value.text() != nullptr; }
bool is_mapping(const Value& value) { return value.dict() != nullptr; }

bool is_sequence(const Value& value) {
  if (value.undefined() != nullptr) return !value.undefined()->strict;
  const Sequence* sequence = value.sequence();
  return is_string(value) || is_mapping(value) ||
         (sequence != nullptr && sequence->kind <= SequenceKind::kRange);
}

bool is_iterable_value(const Site& site, const Value& subject, const Arguments& arguments) {
  require_none(site, arguments);
  site.require_usable(subject);
  return is_iterable(subject) || subject.loop() != nullptr;
}

template <Relation kRelation>
bool relates(const Site& site, const Value& subject, const Arguments& arguments) {
  const Bound given(site, arguments, {"other"}, 1);
  return holds(site, kRelation, subject, given[0]);
}

bool is_same_as(const Site& site, const Value& subject, const Arguments& arguments) {
  const Bound given(site, arguments, {"other"}, 1);
  return subject.is_same(given[0]);
}

bool is_divisible(const Site& site, const Value& subject, const Value& by) {
  return is_equal(site, apply(site, BinaryOperator::kModulo, subject, by), int64_t{0});
}

bool is_divisible_by(const Site& site, const Value& subject, const Arguments& arguments) {
  const Bound given(site, arguments, {"num"}, 1);
  return is_divisible(site, subject, given[0]);
}

bool is_even(const Site& site, const Value& subject, const Arguments& arguments) {
  require_none(site, arguments);
  return is_divisible(site, subject, int64_t{2});
}

bool is_odd(const Site& site, const Value& subject, const Arguments& arguments) {
  require_none(site, arguments);
  return is_equal(site, apply(site, BinaryOperator::kModulo, subject, int64_t{2}), int64_t{1});
}

// True if the text has letters, and all of them are of this case.
template <bool kUpper>
bool is_cased(const Site& site, const Value& subject, const Arguments& arguments) {
  require_none(site, arguments);
  return text::is_in_case(text_of(site, subject), kUpper);
}

bool is_callable(const Value& value) {
  return value.callable() != nullptr || value.loop() != nullptr || value.undefined() != nullptr;
}

bool is_escaped(const Value& value) { return value.is_markup(); }

template <bool kFilter>
bool is_known(const Site& site, const Value& subject, const Arguments& arguments) {
  require_none(site, arguments);
  if (subject.text() == nullptr) return false;
  return kFilter ? find_filter(*subject.text()) != nullptr : find_test(*subject.text()) != nullptr;
}

constexpr Test kTests[] = {{"upper", is_cased<true>},
                           {"lower", is_cased<false>},
                           {"callable", has<is_callable>},
                           {"escaped", has<is_escaped>},
                           {"filter", is_known<true>},
                           {"test", is_known<false>},
                           {"defined", has<is_defined>},
                           {"undefined", has<is_undefined>},
                           {"none", has<is_none>},
                           {"boolean", has<is_boolean>},
                           {"true", has<is_true_itself>},
                           {"false", has<is_false_itself>},
                           {"integer", has<is_integer>},
                           {"float", has<is_float>},
                           {"number", has<is_number>},
                           {"string", has<is_string>},
                           {"mapping", has<is_mapping>},
                           {"sequence", has<is_sequence>},
                           {"iterable", is_iterable_value},
                           {"sameas", is_same_as},
                           {"divisibleby", is_divisible_by},
                           {"even", is_even},
                           {"odd", is_odd},
                           {"in", relates<Relation::kIn>},
                           {"==", relates<Relation::kEqual>},
                           {"eq", relates<Relation::kEqual>},
                           {"equalto", relates<Relation::kEqual>},
                           {"!=", relates<Relation::kUnequal>},
                           {"ne", relates<Relation::kUnequal>},
                           {"<", relates<Relation::kLess>},
                           {"lt", relates<Relation::kLess>},
                           {"lessthan", relates<Relation::kLess>},
                           {"<=", relates<Relation::kLessOrEqual>},
                           {"le", relates<Relation::kLessOrEqual>},
                           {">", relates<Relation::kGreater>},
                           {"gt", relates<Relation::kGreater>},
                           {"greaterthan", relates<Relation::kGreater>},
                           {">=", relates<Relation::kGreaterOrEqual>},
                           {"ge", relates<Relation::kGreaterOrEqual>}};

}  // namespace

const Test* find_test(std::string_view name) {
  for (const Test& test : kTests) {
    if (test.name == name) return &test;
  }
  return nullptr;
}

}  // namespace radlads::jinja
