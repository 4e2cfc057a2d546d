#include "text/jinja/builtins.h"

#include <algorithm>
#include <utility>

#include "text/case_mapping.h"
#include "text/jinja/access.h"
#include "text/jinja/filters.h"
#include "text/jinja/operators.h"
#include "text/jinja/printing.h"

namespace radlads::jinja {
namespace {

// The entries of an optional dict, and of named arguments.
std::vector<std::pair<Value, Value>> entries_of(const Site& site, const Arguments& arguments) {
  std::vector<std::pair<Value, Value>> entries;
  if (arguments.positional.size() > 1 ||
      (arguments.positional.size() == 1 && arguments.positional[0].dict() == nullptr)) {
    site.fail("{} takes named arguments, and one dict at most", arguments.callee);
  }
  if (!arguments.positional.empty()) entries = arguments.positional[0].dict()->entries;
  for (const auto& [name, value] : arguments.named) {
    const auto same = std::find_if(entries.begin(), entries.end(), [&, key = name](const auto& entry) {
      return entry.first.text() != nullptr && *entry.first.text() == key;
    });
    if (same != entries.end()) {
      same->second = value;
    } else {
      entries.emplace_back(std::string(name), value);
    }
  }
  site.spend(kValueCost * (entries.size() + 1));
  return entries;
}

Value range(const Site& site, const Arguments& arguments) {
  const size_t count = arguments.positional.size();
  if (count == 0 || count > 3 || !arguments.named.empty()) site.fail("range takes one to three integers");
  std::array<int64_t, 3> numbers{};
  for (size_t i = 0; i < count; ++i) {
    site.require_defined(arguments.positional[i]);
    const auto number = integer_of(arguments.positional[i]);
    if (!number) site.fail("range: {} is not an integer", arguments.positional[i].type_name());
    numbers[i] = *number;
  }
  const int64_t start = count == 1 ? 0 : numbers[0], stop = count == 1 ? numbers[0] : numbers[1];
  const int64_t step = count == 3 ? numbers[2] : 1;
  if (step == 0) site.fail("range: the step must not be 0");
  constexpr size_t kMaxRange = 100'000;  // that of jinja2's sandbox
  const bool is_sandboxed = site.rendering().options.dialect == TemplateDialect::kTransformers;
  Values items;
  for (int64_t i = start; step > 0 ? i < stop : i > stop;) {
    site.append(i, items);
    if (is_sandboxed && items.size() > kMaxRange) site.fail("range: more than {} numbers", kMaxRange);
    if (__builtin_add_overflow(i, step, &i)) break;
  }
  return Value::sequence(SequenceKind::kRange, std::move(items));
}

Value make_namespace(const Site& site, const Arguments& arguments) {
  Namespace* const made = site.rendering().keep(std::make_shared<Namespace>());
  for (auto& [key, value] : entries_of(site, arguments))
    set_field(site, *made, text_of(site, key), std::move(value));
  return made;
}

Value make_dict(const Site& site, const Arguments& arguments) {
  Value made = Value::dict(entries_of(site, arguments));
  site.require_shallow(made);
  return made;
}

Value raise_exception(const Site& site, const Arguments& arguments) {
  const Bound given(site, arguments, {"message"}, 1);
  site.fail("{}", text_of(site, given[0]));
}

Value strftime_now(const Site& site, const Arguments& arguments) {
  const Bound given(site, arguments, {"format"}, 1);
  const std::optional<LocalTime>& now = site.rendering().options.now;
  std::string text = (now ? *now : LocalTime::now()).format(given.text(0));
  site.spend(text.size());
  return text;
}

// cycler(a, b): its method next() gives one value after the other.
class Cycler final : public Callable {
 public:
  explicit Cycler(Values items) : items_(std::move(items)) {}

  std::string_view name() const override { return "cycler"; }
  Value call(const Site& site, const Arguments&) const override {
    site.fail("a cycler cannot be called; call its method next");
  }
  std::optional<Value> attribute(std::string_view name) const override {
    if (name == "current") return items_[place_];
    if (name == "next") return Value(&next_);
    if (name == "reset") return Value(&reset_);
    return std::nullopt;
  }

 private:
  class Step final : public Callable {
   public:
    Step(const Cycler& cycler, bool is_reset) : cycler_(cycler), is_reset_(is_reset) {}

    std::string_view name() const override { return is_reset_ ? "reset" : "next"; }
    Value call(const Site& site, const Arguments& arguments) const override {
      require_none(site, arguments);
      const Value current = is_reset_ ? Value() : cycler_.items_[cycler_.place_];
      cycler_.place_ = is_reset_ ? 0 : (cycler_.place_ + 1) % cycler_.items_.size();
      return current;
    }

   private:
    const Cycler& cycler_;
    const bool is_reset_;
  };

  Values items_;
  mutable size_t place_ = 0;
  Step next_{*this, false}, reset_{*this, true};
};

Value make_cycler(const Site& site, const Arguments& arguments) {
  if (arguments.positional.empty() || !arguments.named.empty())
    site.fail("cycler takes values to choose from");
  return Value(site.rendering().keep(std::make_shared<const Cycler>(arguments.positional)));
}

// joiner(separator): nothing in the first call, the separator in the others.
class Joiner final : public Callable {
 public:
  explicit Joiner(Value separator) : separator_(std::move(separator)) {}

  std::string_view name() const override { return "joiner"; }
  Value call(const Site& site, const Arguments& arguments) const override {
    require_none(site, arguments);
    return std::exchange(is_used_, true) ? separator_ : Value(std::string());
  }

 private:
  Value separator_;
  mutable bool is_used_ = false;
};

Value make_joiner(const Site& site, const Arguments& arguments) {
  const Bound given(site, arguments, {"sep"});
  Value separator = given.find(0) != nullptr ? given[0] : std::string(", ");
  return Value(site.rendering().keep(std::make_shared<const Joiner>(std::move(separator))));
}

class Function final : public Callable {
 public:
  using Call = Value (*)(const Site& site, const Arguments& arguments);

  Function(std::string_view name, Call function) : name_(name), call_(function) {}

  std::string_view name() const override { return name_; }
  Value call(const Site& site, const Arguments& arguments) const override { return call_(site, arguments); }

 private:
  std::string_view name_;
  Call call_;
};

}  // namespace

const Callable* find_function(TemplateDialect dialect, std::string_view name) {
  static const Function kFunctions[] = {{"range", range},
                                        {"namespace", make_namespace},
                                        {"dict", make_dict},
                                        {"cycler", make_cycler},
                                        {"joiner", make_joiner},
                                        {"raise_exception", raise_exception},
                                        {"strftime_now", strftime_now}};
  const auto* found = std::find_if(std::begin(kFunctions), std::end(kFunctions),
                                   [&](const Function& function) { return function.name() == name; });
  const bool is_found =
      found != std::end(kFunctions) && (name != "strftime_now" || dialect == TemplateDialect::kTransformers);
  return is_found ? found : nullptr;
}

void refuse_foreign(const Site& site, std::string_view name) {
  for (const std::string_view foreign : {"lipsum", "self"}) {
    if (name == foreign) site.fail("{} is not supported", name);
  }
}

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
