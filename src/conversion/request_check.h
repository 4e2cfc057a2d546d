// What is wrong with a request, found before anything is written or removed. Every function throws UserError.
#pragma once

#include <vector>

#include "conversion/prepare.h"

namespace radlads {

/// The steps of the command that have a budget.
std::vector<const StepRecipe*> active_steps(const RunRequest& request, const Recipe& recipe);

/// The recipe asks for something that the command can do, and the text to compare on can be read.
void check_recipe(const RunRequest& request, const Recipe& recipe);

/// The training data can be read. A resumed run has its tokens, and no longer needs it.
void check_data_files(const Recipe& recipe);

/// Neither the model's folder nor the run's is, or contains, anything that the run reads or the folder we are
/// in.
void check_places(const RunRequest& request, const Recipe& recipe, const RunFolder& folder);

/// What --overwrite would remove is a model and a run.
void check_replaceable(const RunRequest& request, const RunFolder& folder);

/// `start` is a student of the teacher, and the recipe does not describe another.
void check_start(const RunRequest& request, const Recipe& recipe, const ModelConfig& start,
                 const ModelConfig& teacher);

}  // namespace radlads
