// Tests: what comes after `is`.
#pragma once

#include "text/jinja/arguments.h"

namespace radlads::jinja {

struct Test {
  std::string_view name;
  bool (*holds)(const Site& site, const Value& subject, const Arguments& arguments);
};

/// Null if there is none by this name, or it is not supported.
const Test* find_test(std::string_view name);

}  // namespace radlads::jinja
