// The functions that every template can call: range, namespace, dict and raise_exception.
#pragma once

#include "text/jinja/arguments.h"

namespace radlads::jinja {

struct Function {
  std::string_view name;
  Value (*call)(const Site& site, const Arguments& arguments);
};

/// Null if there is none of this name.
const Function* find_function(std::string_view name);

/// UserError if jinja2 or transformers gives every template something of this name that is not supported
/// here: elsewhere it would be defined.
void refuse_foreign(const Site& site, std::string_view name);

}  // namespace radlads::jinja
