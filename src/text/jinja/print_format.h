// Python's two ways to put values into a text: 'a %s' % b and 'a {}'.format(b).
#pragma once

#include "text/jinja/callable.h"

namespace radlads::jinja {

/// text % values, where `values` are a tuple, a dict for %(name)s, or one value. Markup escapes what is put
/// into it. UserError if the two do not fit.
Value print_formatted(const Site& site, const Value& text, const Value& values);

/// text.format(arguments), likewise.
Value brace_formatted(const Site& site, const Value& text, const Arguments& arguments);

}  // namespace radlads::jinja
