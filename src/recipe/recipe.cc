#include "recipe/recipe.h"

namespace radlads {

int64_t StepRecipe::num_updates() const {
  const int64_t tokens_per_update = context * batch;
  return (tokens + tokens_per_update - 1) / tokens_per_update;
}

Recipe::Recipe() {
  align.tokens = 100'000'000;
  align.lr = 1e-3;
  align.schedule = "cosine";

  distill.tokens = 500'000'000;
  distill.batch = 96;

  extend.tokens = 100'000'000;
  extend.context = 16384;
  extend.batch = 96;

  pretrain.lr = 1e-3;
  pretrain.final_lr = 1e-4;
  pretrain.schedule = "cosine";
  pretrain.weight_decay = 0.1;
}

}  // namespace radlads
