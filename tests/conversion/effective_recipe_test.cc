#include "conversion/effective_recipe.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "mixers/table.h"
#include "model/config.h"
#include "support/teacher.h"

namespace radlads {
namespace {

TEST(EffectiveRecipe, MicroBatchesFitIntoHalfOfTheMemory) {
  const ModelConfig config = parse_config(tiny_config("qwen2"), "config.json");
  Recipe recipe;
  recipe.distill.batch = 30;
  recipe.distill.context = 64;
  recipe.extend.batch = 4;
  recipe.extend.micro_batch = 3;
  const int64_t row = recomputed_activation_bytes(config, 64);

  Recipe plenty = recipe, twelve = recipe, none = recipe;
  settle_micro_batches(plenty, config, 1000 * row);
  settle_micro_batches(twelve, config, 24 * row);
  settle_micro_batches(none, config, 0);
  EXPECT_EQ(plenty.distill.micro_batch, 30);
  EXPECT_EQ(twelve.distill.micro_batch, 10) << "three passes of equal size";
  EXPECT_EQ(none.distill.micro_batch, 1);
  EXPECT_EQ(none.extend.micro_batch, 3) << "what the user gives stays";
}

TEST(EffectiveRecipe, RefusesOptionsThatDoNotFitTogether) {
  Recipe without_mixer, micro, rates;
  micro.mixer = rates.mixer = "rwkv7";
  micro.align.micro_batch = micro.align.batch + 1;
  rates.distill.lr_wait = 0.9;
  rates.distill.lr_endpoint = 0.5;
  for (Recipe* recipe : {&without_mixer, &micro, &rates})
    EXPECT_THROW(settle(*recipe, Command::kConvert), UserError);
}

TEST(EffectiveRecipe, RefusesOptionsOfAnotherMixer) {
  const ModelConfig teacher = parse_config(tiny_config("qwen2"), "config.json");
  const auto refusal = [&](const char* mixer, const char* key) {
    Recipe recipe;
    recipe.mixer = mixer;
    recipe.mixer_options[key] = 32;
    try {
      student_of(recipe, teacher);
    } catch (const UserError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(refusal("rwkv6", "lora_rank_iclr"), "[recipe] lora_rank_iclr is not an option of rwkv6");
  EXPECT_EQ(refusal("rwkv7", "use_tokenshift"), "[recipe] use_tokenshift: true is not supported for rwkv7");
  EXPECT_EQ(refusal("rwkv7", "lora_rank_iclr"), "");
}

TEST(ActivationBytes, RecomputingTakesLessOfADeepModel) {
  ModelConfig config = parse_config(tiny_config("qwen2"), "config.json");
  config.L = 24;
  config.mixers.assign(24, &mixers::Softmax::spec);
  EXPECT_LT(recomputed_activation_bytes(config, 100), activation_bytes(config, 100) / 4);
  EXPECT_EQ(activation_bytes(config, 200), 2 * activation_bytes(config, 100));
}

}  // namespace
}  // namespace radlads
