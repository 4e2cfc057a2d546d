// The patterns in a task's definition.
#pragma once

#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "text/python_regex.h"

namespace radlads::eval {

/// Compiles a pattern; UserError "SUBJECT: REASON" if it is not a string, malformed or not supported.
text::PythonRegex task_regex(const nlohmann::ordered_json& pattern, std::string_view subject);

}  // namespace radlads::eval
