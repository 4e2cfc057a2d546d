// Learning rates over a step (spec of the reference: protocol of arXiv 2505.03005).
#pragma once

#include <cstdint>

#include "recipe/recipe.h"

namespace radlads {

struct LearningRates {
  double lr = 0;        // of everything but the mixers
  double mixer_lr = 0;  // of the mixers
  double q = 0;         // progress, 0 to 1
};

/// The rates of update `update` (from 0). With a = initial, b = final, q = the progress rescaled between
/// lr_wait and lr_endpoint: cosine b + (a - b) cos(pi q / 2), linear b + (a - b)(1 - q), exp a (b / a)^q,
/// oneminussqrt b + (a - b)(1 - sqrt q), flat a; times 0.01 + 0.99 update / warmup_steps during the warm-up.
LearningRates learning_rates(const StepRecipe& step, int64_t update);

}  // namespace radlads
