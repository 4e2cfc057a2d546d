#include "text/jinja/functions.h"

#include <algorithm>

#include "text/jinja/comparison.h"
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
    if (!number) site.fail("range: {} is no integer", arguments.positional[i].type_name());
    numbers[i] = *number;
  }
  const int64_t start = count == 1 ? 0 : numbers[0], stop = count == 1 ? numbers[0] : numbers[1];
  const int64_t step = count == 3 ? numbers[2] : 1;
  if (step == 0) site.fail("range: the step must not be 0");
  Values items;
  for (int64_t i = start; step > 0 ? i < stop : i > stop;) {
    site.append(i, items);
    if (__builtin_add_overflow(i, step, &i)) break;
  }
  return Value::sequence(SequenceKind::kRange, std::move(items));
}

Value make_namespace(const Site& site, const Arguments& arguments) {
  auto space = std::make_unique<Namespace>();
  for (auto& [key, value] : entries_of(site, arguments)) space->set(text_of(site, key), std::move(value));
  Namespace* const made = space.get();
  site.rendering().namespaces.push_back(std::move(space));
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

constexpr Function kFunctions[] = {{"range", range},
                                   {"namespace", make_namespace},
                                   {"dict", make_dict},
                                   {"raise_exception", raise_exception}};

}  // namespace

const Function* find_function(std::string_view name) {
  const auto* found = std::find_if(std::begin(kFunctions), std::end(kFunctions),
                                   [&](const Function& function) { return function.name == name; });
  return found == std::end(kFunctions) ? nullptr : found;
}

void refuse_foreign(const Site& site, std::string_view name) {
  if (name == "strftime_now") {
    site.fail(
        "strftime_now is not supported: the text would change from day to day; give the date as a variable");
  }
  for (const std::string_view foreign : {"cycler", "joiner", "lipsum", "self"}) {
    if (name == foreign) site.fail("{} is not supported", name);
  }
}

}  // namespace radlads::jinja
