#include "text/jinja/callable.h"

#include <algorithm>

#include "text/jinja/loop.h"
#include "text/jinja/operators.h"

namespace radlads::jinja {

Bound::Bound(const Site& site, const Arguments& arguments, std::initializer_list<std::string_view> parameters,
             size_t num_required)
    : site_(site), callee_(arguments.callee) {
  RADLADS_CHECK(parameters.size() <= names_.size(), "{} parameters", parameters.size());
  std::copy(parameters.begin(), parameters.end(), names_.begin());
  if (arguments.positional.size() > parameters.size()) {
    site.fail("{} takes {} arguments at most", callee_, parameters.size());
  }
  for (size_t i = 0; i < arguments.positional.size(); ++i) found_[i] = &arguments.positional[i];
  for (const auto& [name, value] : arguments.named) {
    const auto place =
        static_cast<size_t>(std::find(parameters.begin(), parameters.end(), name) - parameters.begin());
    if (place == parameters.size()) site.fail("{} has no argument {} here", callee_, name);
    if (found_[place] != nullptr) site.fail("{} gets its argument {} twice", callee_, name);
    found_[place] = &value;
  }
  for (size_t i = 0; i < num_required; ++i) {
    if (found_[i] == nullptr) site.fail("{} needs the argument {}", callee_, names_[i]);
  }
}

int64_t Bound::integer(size_t parameter, int64_t otherwise) const {
  const Value* value = found_[parameter];
  if (value == nullptr || value->is_none()) return otherwise;
  site_.require_defined(*value);
  const auto integer = integer_of(*value);
  if (!integer)
    site_.fail("{}: {} must be an integer, not {}", callee_, names_[parameter], value->type_name());
  return *integer;
}

bool Bound::flag(size_t parameter, bool otherwise) const {
  return found_[parameter] == nullptr ? otherwise : is_true(site_, *found_[parameter]);
}

const std::string& Bound::text(size_t parameter) const {
  const Value& value = *found_[parameter];
  site_.require_defined(value);
  if (value.text() == nullptr) {
    site_.fail("{}: {} must be a string, not {}", callee_, names_[parameter], value.type_name());
  }
  return *value.text();
}

void require_none(const Site& site, const Arguments& arguments) {
  if (!arguments.positional.empty() || !arguments.named.empty())
    site.fail("{} takes no arguments", arguments.callee);
}

Value call(const Site& site, const Value& callee, const Arguments& arguments) {
  site.require_defined(callee);
  const Descent descent(site);
  if (const Callable* callable = callee.callable()) return callable->call(site, arguments);
  if (Loop* loop = callee.loop()) return loop->recurse(site, arguments);
  site.fail("{} cannot be called", callee.type_name());
}

}  // namespace radlads::jinja
