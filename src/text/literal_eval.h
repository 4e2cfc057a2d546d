// Python's ast.literal_eval: how lm-evaluation-harness reads a text that looks like a list.
#pragma once

#include <optional>
#include <string_view>

#include "text/template.h"

namespace radlads::text {

struct PythonLiteral {
  Json value;             // a list or tuple is an array; null is None
  bool is_tuple = false;  // of the value itself

  /// What Python reads and JSON cannot hold, where the text has such a thing: "a set". The value is then of
  /// no use.
  std::string_view unsupported;
};

/// What Python 3.11 makes of the text: lists, tuples, strings with their prefixes, numbers, None, True and
/// False, with comments and white space. nullopt where it raises SyntaxError or ValueError: for a name, an
/// operator, a call, an f-string, brackets that do not match. Nested at most 200 deep, as there.
std::optional<PythonLiteral> literal_eval(std::string_view text);

}  // namespace radlads::text
