#include "conversion/effective_recipe.h"

#include <algorithm>

#include <fmt/ranges.h>

#include "core/error.h"
#include "core/machine.h"
#include "mixers/table.h"
#include "model/config.h"
#include "recipe/yaml.h"

namespace radlads {
namespace {

void check_step(std::string_view name, const StepRecipe& step) {
  if (step.micro_batch > step.batch) {
    fail("[recipe] {}.micro_batch {} is larger than {}.batch {}", name, step.micro_batch, name, step.batch);
  }
  if (step.lr_wait > step.lr_endpoint) fail("[recipe] {}.lr_wait is larger than {}.lr_endpoint", name, name);
  if (step.beta1 >= 1 || step.beta2 >= 1) fail("[recipe] {}.beta1 and {}.beta2 must be below 1", name, name);
}

DType export_dtype(const Recipe& recipe, const ModelConfig& teacher) {
  return recipe.export_dtype.value_or(teacher.dtype);
}

/// What the recipe says, and the published options for the rest.
MixerOptions mixer_options(const Recipe& recipe, const MixerSpec& mixer, int64_t C) {
  MixerOptions options;
  for (const MixerOption& option : mixer.options) options.set(option.key, option.fresh);
  for (const auto& [key, value] : recipe.mixer_options) {
    if (options.all().contains(key)) {
      options.set(key, value.value_or(options[key]));
    } else if (value.value_or(0) != 0) {
      fail("[recipe] {} is not an option of {}", key, mixer.name);
    }
  }
  mixer.complete(options, C);
  if (const std::string text = mixer.unsupported(options); !text.empty())
    fail("[recipe] {} is not supported for {}", text, mixer.name);
  return options;
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
    fail("[recipe] give --mixer {}", fmt::join(replacement_names(), " or --mixer "));
  if (recipe.extend.untie && !recipe.distill.untie && recipe.distill.tokens > 0) {
    fail(
        "[recipe] extend.untie needs distill.untie too: a head cannot be tied in one step and free in the "
        "next");
  }
  for (const StepKind step : kAllSteps) check_step(step_name(step), recipe.step(step));
  if (!recipe.dtype) recipe.dtype = cpu_accelerates_bf16() ? DType::kBF16 : DType::kF32;
}

void settle_micro_batches(Recipe& recipe, const ModelConfig& config, int64_t memory_bytes) {
  for (const StepKind kind : kAllSteps) {
    StepRecipe& step = recipe.step(kind);
    if (step.micro_batch > 0) continue;
    const int64_t fitting = memory_bytes / 2 / recomputed_activation_bytes(config, step.context);
    const int64_t passes = (step.batch + std::max<int64_t>(1, fitting) - 1) / std::max<int64_t>(1, fitting);
    step.micro_batch = (step.batch + passes - 1) / passes;
  }
}

ModelConfig student_of(const Recipe& recipe, const ModelConfig& teacher) {
  if (!teacher.is_teacher()) {
    fail("[convert] the teacher ({}) is {}: give a softmax transformer (Qwen2, Qwen3, Llama)",
         teacher.model_type, teacher.is_student() ? "already a student" : "already an RNN");
  }
  const MixerSpec& mixer = *find_mixer(recipe.mixer);
  const MixerOptions options = mixer_options(recipe, mixer, teacher.C);
  const bool untie = recipe.distill.untie || recipe.extend.untie;
  return student_config(teacher, mixer, options, recipe.softmax_layers, teacher.tie_word_embeddings && !untie,
                        export_dtype(recipe, teacher));
}

}  // namespace radlads
