#include "conversion/effective_recipe.h"

#include <algorithm>

#include "core/cpu.h"
#include "core/error.h"
#include "model/size.h"
#include "recipe/yaml.h"

namespace radlads {
namespace {

void check_step(const char* name, const StepRecipe& step) {
  if (step.micro_batch > step.batch) {
    fail("[recipe] {}.micro_batch {} is larger than {}.batch {}", name, step.micro_batch, name, step.batch);
  }
  if (step.lr_wait > step.lr_endpoint) fail("[recipe] {}.lr_wait is larger than {}.lr_endpoint", name, name);
  if (step.beta1 >= 1 || step.beta2 >= 1) fail("[recipe] {}.beta1 and {}.beta2 must be below 1", name, name);
}

DType export_dtype(const Recipe& recipe, const ModelConfig& teacher) {
  return recipe.export_dtype == "teacher" ? teacher.dtype : dtype_from_torch(recipe.export_dtype).value();
}

}  // namespace

Recipe read_recipe(const RecipeSources& sources, Command command) {
  Recipe recipe;
  std::vector<Option> options = recipe_options(recipe, command);
  for (const auto& file : sources.files) read_recipe_file(file, options);
  for (const auto& [name, values] : sources.flags) find_option(options, name)->set(values);
  return recipe;
}

void settle(Recipe& recipe, Command command) {
  if (command == Command::kConvert && recipe.mixer.empty())
    fail("[recipe] give --mixer rwkv6 or --mixer rwkv7");
  if (recipe.extend.untie && !recipe.distill.untie && recipe.distill.tokens > 0) {
    fail(
        "[recipe] extend.untie needs distill.untie too: a head cannot be tied in one step and free in the "
        "next");
  }
  for (const auto& [name, step] : {std::pair{"align", &recipe.align},
                                   {"distill", &recipe.distill},
                                   {"extend", &recipe.extend},
                                   {"pretrain", &recipe.pretrain}}) {
    check_step(name, *step);
  }
  if (recipe.dtype == "auto") recipe.dtype = cpu_accelerates_bf16() ? "bfloat16" : "float32";
}

void settle_micro_batches(Recipe& recipe, const ModelConfig& config, int64_t memory_bytes) {
  for (StepRecipe* step : {&recipe.align, &recipe.distill, &recipe.extend, &recipe.pretrain}) {
    if (step->micro_batch > 0) continue;
    const int64_t fitting = memory_bytes / 2 / recomputed_activation_bytes(config, step->context);
    const int64_t passes = (step->batch + std::max<int64_t>(1, fitting) - 1) / std::max<int64_t>(1, fitting);
    step->micro_batch = (step->batch + passes - 1) / passes;
  }
}

ModelConfig student_of(const Recipe& recipe, const ModelConfig& teacher) {
  if (!teacher.is_teacher()) {
    fail("[convert] the teacher is a {} already: give a softmax transformer (Qwen2, Qwen3, Llama)",
         teacher.model_type);
  }
  const MixerKind kind = recipe.mixer == "rwkv6" ? MixerKind::kRad6 : MixerKind::kRad7;
  MixerOptions options = default_options(kind, teacher.C);
  const auto take = [](const auto& wish, auto& field) {
    if (wish) field = static_cast<std::decay_t<decltype(field)>>(*wish);
  };
  if (kind == MixerKind::kRad7 && recipe.use_tokenshift.value_or(false)) {
    fail("[recipe] use_tokenshift is an option of rwkv6; rwkv7 has no token shift");
  }
  take(recipe.gate_rank_type, options.gate_rank_type);
  take(recipe.use_rope, options.use_rope);
  take(recipe.use_tokenshift, options.use_tokenshift);
  take(recipe.balance_state, options.balance_state);
  take(recipe.groupnorm_att, options.groupnorm_att);
  options.lora_rank_tokenshift = recipe.lora_rank_tokenshift;
  options.lora_rank_decay = recipe.lora_rank_decay;
  options.lora_rank_iclr = recipe.lora_rank_iclr;
  options.lora_rank_value_residual_mix = recipe.lora_rank_value_residual_mix;
  options.lora_rank_gate = recipe.lora_rank_gate;
  complete_ranks(options, kind, teacher.C);
  const bool untie = recipe.distill.untie || recipe.extend.untie;
  return student_config(teacher, kind, options, recipe.softmax_layers, teacher.tie_word_embeddings && !untie,
                        export_dtype(recipe, teacher));
}

}  // namespace radlads
