// The rows of an ablation, as data: what each changes in a recipe, and what is known about it.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "conversion/effective_recipe.h"

namespace radlads {

struct AblationRow {
  std::string name;
  std::string paper;  // what the paper found against the first row: worse, better, no better; empty: nothing
  std::string mixer;  // the row is for recipes with this mixer; empty: for all
  std::vector<std::string> steps;  // these share the tokens of all steps; empty: as in the recipe
  std::vector<std::pair<std::string, std::vector<std::string>>> options;  // of the recipe, and their values
  std::vector<std::pair<std::string, int64_t>> times;                     // whole numbers, multiplied

  /// The name as a part of a path: "no-step-1".
  std::string slug() const;
};

/// The rows of a YAML list; keys: row, paper, for, steps, options, times. UserError naming `file` and the row
/// for unknown keys, options and steps, a name twice, and for no rows at all.
std::vector<AblationRow> parse_ablation(std::string_view yaml, const std::filesystem::path& file);

/// The paper's rows (assets/ablations.yaml).
std::vector<AblationRow> paper_ablation();

/// What the row makes of a recipe: flags after those of the recipe.
RecipeSources with_row(RecipeSources sources, const AblationRow& row);

}  // namespace radlads
