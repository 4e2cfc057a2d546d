// The options of a recipe as a table: the same names serve recipe files ("align: {tokens: 2M}") and flags
// ("--align.tokens 2M").
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "recipe/recipe.h"

namespace radlads {

struct Option {
  std::string name;    // "align.tokens"
  std::string values;  // "count", "counts" (a list of them), "number", "true|false", "cosine|linear|..."
  std::string help;
  bool is_list = false;

  /// One value, or any number for a list. UserError naming the option for an invalid value.
  std::function<void(const std::vector<std::string>&)> set;
  std::function<std::vector<std::string>()> get;  // what `set` accepts
};

enum class Command { kConvert, kPretrain };

/// The options of a command, bound to `recipe`, which must outlive them.
std::vector<Option> recipe_options(Recipe& recipe, Command command);

/// nullptr if there is none by this name.
Option* find_option(std::vector<Option>& options, std::string_view name);

}  // namespace radlads
