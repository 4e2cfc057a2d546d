// The options of a recipe on the command line, for every command that trains.
#pragma once

#include <filesystem>
#include <span>
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
    std::vector<std::string> values;
  };

  std::filesystem::path file_;
  Recipe defaults_;  // for the help text
  std::vector<Argument> arguments_;
};

/// The arguments of a command, with "true" after every switch without a value: the parser would take the next
/// argument, for example the teacher's folder.
std::vector<std::string> with_values_of_switches(const CLI::App& command, std::span<char* const> arguments);

}  // namespace radlads::cli
