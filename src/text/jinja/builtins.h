// What every template has: functions, and tests (what comes after `is`).
#pragma once

#include "text/jinja/callable.h"

namespace radlads::jinja {

/// Null if there is none by this name.
const Callable* find_function(TemplateDialect dialect, std::string_view name);

/// UserError if jinja2 gives every template something by this name that is not supported here: there it would
/// be defined.
void refuse_foreign(const Site& site, std::string_view name);

struct Test {
  std::string_view name;
  bool (*holds)(const Site& site, const Value& subject, const Arguments& arguments);
};

/// Null if there is none by this name, or it is not supported.
const Test* find_test(std::string_view name);

}  // namespace radlads::jinja
