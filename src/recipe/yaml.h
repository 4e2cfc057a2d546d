// Recipes as YAML files.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "recipe/option.h"

namespace radlads {

/// Sets the options that a recipe file names. UserError naming the file and the key for an unknown key, a
/// wrong value or invalid YAML.
void read_recipe_file(const std::filesystem::path& file, std::vector<Option>& options);

/// All options as YAML that read_recipe_file gives back exactly; "group.name" becomes a map.
std::string to_yaml(const std::vector<Option>& options);

}  // namespace radlads
