#include "eval/task_regex.h"

#include <stdexcept>

#include <nlohmann/json.hpp>

#include "core/error.h"

namespace radlads::eval {

text::PythonRegex task_regex(const nlohmann::ordered_json& pattern, std::string_view subject) {
  if (!pattern.is_string()) fail("{}: the pattern {} is not a string", subject, pattern.dump());
  try {
    return text::PythonRegex(pattern.get<std::string>());
  } catch (const std::invalid_argument& error) {
    fail("{}: {}: {}", subject, pattern.dump(), error.what());
  }
}

}  // namespace radlads::eval
