// YAML as JSON values.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "io/yaml.h"

namespace radlads {

/// One YAML document (io/yaml.h), whose scalars have the types that PyYAML gives them (io/yaml_scalar.h). The
/// keys of maps keep their order. If the rules allow foreign tags, a value with one has a type of its own,
/// which is neither text nor number nor list: see yaml_tag().
nlohmann::ordered_json parse_yaml(std::string_view text, std::string_view operation,
                                  const std::filesystem::path& file, YamlRules rules = {});

/// A foreign tag with the scalar after it: "!function utils.process".
struct YamlTag {
  std::string text;
  int64_t line = 0;
};

/// Of a value that has one; nullopt for any other.
std::optional<YamlTag> yaml_tag(const nlohmann::ordered_json& value);

/// The first foreign tag in a value, however deep.
std::optional<YamlTag> find_yaml_tag(const nlohmann::ordered_json& value);

}  // namespace radlads
