// YAML as JSON values, with the types that Python's YAML reader gives plain words and numbers.
#pragma once

#include <filesystem>
#include <string_view>

#include <nlohmann/json.hpp>

namespace radlads {

/// One YAML document; the keys of maps keep their order. Plain scalars become null, booleans (true, yes, on
/// and their opposites), integers, floats or strings (YAML 1.1); what is quoted is a string. UserError naming
/// line and file for broken YAML, a key twice in a map, and tags: "!function" and its kin run code.
nlohmann::ordered_json parse_yaml(std::string_view text, std::string_view operation,
                                  const std::filesystem::path& file);

}  // namespace radlads
