// Resuming a run: the request must be the run's own.
#pragma once

#include "conversion/prepare.h"

namespace radlads {

/// The request's recipe with its mixer known, only its command's steps, and everything decided.
Recipe settled_recipe(const RunRequest& request);

/// The run's recipe, overridden by what the user gives now. UserError if that changes more than where and how
/// fast the run is computed, or what is read after training.
Recipe resumed_recipe(const RunRequest& request, const RunFolder& folder);

/// The run's job with the folders' present names. UserError if they hold other models, or the command is
/// another.
Job resumed_job(const RunRequest& request, const RunFolder& folder);

/// Fingerprint of a model folder; "" for none.
std::string mark_of(const std::filesystem::path& model_folder);

}  // namespace radlads
