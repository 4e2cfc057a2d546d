// The recipe of a run with every option decided, and the model that it makes.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "model/config.h"
#include "recipe/option.h"

namespace radlads {

/// What the user gave, in rising order of precedence: files, then flags.
struct RecipeSources {
  std::vector<std::filesystem::path> files;
  std::vector<std::pair<std::string, std::vector<std::string>>> flags;  // option name, its values
};

/// Defaults, overridden by the sources. UserError for an unknown option or a bad value.
Recipe read_recipe(const RecipeSources& sources, Command command);

/// Checks that the options fit together and puts values in place of "auto" that depend on this machine
/// (dtype), so that a resumed run makes the same choices. UserError naming the option and the remedy.
void settle(Recipe& recipe, Command command);

/// Replaces every micro_batch of 0 with a number: all rows of the batch, or as many as fit into half of
/// `memory_bytes` when every layer is computed again. Decided once for a run, since it changes the order of
/// sums.
void settle_micro_batches(Recipe& recipe, const ModelConfig& config, int64_t memory_bytes);

/// The student that a recipe makes of a teacher.
ModelConfig student_of(const Recipe& recipe, const ModelConfig& teacher);

}  // namespace radlads
