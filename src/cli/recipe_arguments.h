// The options of a recipe on the command line, for every command that trains.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "conversion/effective_recipe.h"

namespace radlads::cli {

/// Filled in by the parser; must outlive the command.
class RecipeArguments {
 public:
  /// --recipe FILE, and a flag for every option of a recipe.
  void add_to(CLI::App& command, Command kind);

  /// The options that were given, as the recipe wants them.
  RecipeSources sources(const CLI::App& command) const;

 private:
  /// An option as given on the command line.
  struct Argument {
    std::string name;
    bool is_switch = false;  // true or false; alone it is true
    std::vector<std::string> values;
  };

  std::filesystem::path file_;
  Recipe defaults_;  // for the help text
  std::vector<Argument> arguments_;
};

}  // namespace radlads::cli
