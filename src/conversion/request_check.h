// What is wrong with a request, found before anything is written or removed. Every function throws UserError.
#pragma once

#include <vector>

#include "conversion/prepare.h"
#include "text/tokenizer.h"

namespace radlads {

/// The steps of the command that have a budget.
std::vector<const StepRecipe*> active_steps(const RunRequest& request, const Recipe& recipe);

/// Neither the model's folder nor the run's is a link to nothing, which could not be replaced by a folder.
void check_links(const RunRequest& request, const RunFolder& folder);

/// The recipe asks for something that the command can do.
void check_recipe(const RunRequest& request, const Recipe& recipe);

/// The text to compare on, which is read after training, has documents.
void check_eval_text(const Recipe& recipe, const Tokenizer& tokenizer);

/// The training data can be read. A resumed run has its tokens, and no longer needs it.
void check_data_files(const Recipe& recipe);

/// Something is left to train in every step.
void check_trainable(const RunRequest& request, const Recipe& recipe, const ModelConfig& config);

/// Neither the model's folder nor the run's is, or contains, anything that the run reads or the folder we are
/// in.
void check_places(const RunRequest& request, const Recipe& recipe, const RunFolder& folder);

/// What --overwrite would remove is a model and a run.
void check_replaceable(const RunRequest& request, const RunFolder& folder);

/// `start` is a student of the teacher, and the recipe does not describe another.
void check_start(const RunRequest& request, const Recipe& recipe, const ModelConfig& start,
                 const ModelConfig& teacher);

}  // namespace radlads
