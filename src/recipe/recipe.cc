#include "recipe/recipe.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/error.h"

namespace radlads {
namespace {

double scheduled(Schedule schedule, double a, double b, double q) {
  switch (schedule) {
    case Schedule::kFlat:
      return a;
    case Schedule::kCosine:
      return b + (a - b) * std::cos(std::numbers::pi * q / 2);
    case Schedule::kLinear:
      return b + (a - b) * (1 - q);
    case Schedule::kOneMinusSqrt:
      return b + (a - b) * (1 - std::sqrt(q));
    case Schedule::kExp:
      return a > 0 ? a * std::pow(b / a, q) : 0;
  }
  RADLADS_CHECK(false, "schedule {}", static_cast<int>(schedule));
}

/// (x - low) / (high - low), cut to [0, 1]; a step from 0 to 1 if low and high are equal.
double fraction(double x, double low, double high) {
  if (high <= low) return x < low ? 0 : 1;
  return std::clamp((x - low) / (high - low), 0.0, 1.0);
}

}  // namespace

std::string_view step_name(StepKind step) {
  constexpr std::string_view kNames[] = {"align", "distill", "extend", "pretrain"};
  return kNames[static_cast<size_t>(step)];
}

std::optional<StepKind> find_step(std::string_view name) {
  for (const StepKind step : kAllSteps) {
    if (step_name(step) == name) return step;
  }
  return std::nullopt;
}

StepRecipe& Recipe::step(StepKind kind) {
  StepRecipe* const steps[] = {&align, &distill, &extend, &pretrain};
  return *steps[static_cast<size_t>(kind)];
}

const StepRecipe& Recipe::step(StepKind kind) const { return const_cast<Recipe*>(this)->step(kind); }

int64_t StepRecipe::num_updates() const {
  const int64_t tokens_per_update = context * batch;
  return (tokens + tokens_per_update - 1) / tokens_per_update;
}

Recipe::Recipe() {
  align.tokens = 100'000'000;
  align.lr = 1e-3;
  align.schedule = Schedule::kCosine;

  distill.tokens = 500'000'000;
  distill.batch = 96;

  extend.tokens = 100'000'000;
  extend.context = 16384;
  extend.batch = 96;

  pretrain.lr = 1e-3;
  pretrain.final_lr = 1e-4;
  pretrain.schedule = Schedule::kCosine;
  pretrain.weight_decay = 0.1;
}

LearningRates learning_rates(const StepRecipe& step, int64_t update) {
  const auto tokens_per_update = static_cast<double>(step.context * step.batch);
  const double warmup_tokens = static_cast<double>(step.warmup_steps) * tokens_per_update;
  const double p = fraction(static_cast<double>(update) * tokens_per_update, warmup_tokens,
                            static_cast<double>(step.tokens));
  const double q = fraction(p, step.lr_wait, step.lr_endpoint);
  LearningRates rates = {.q = q};
  double warmup = 1;
  if (update < step.warmup_steps) {
    warmup = 0.01 + 0.99 * static_cast<double>(update) / static_cast<double>(step.warmup_steps);
  }
  rates.lr = warmup * scheduled(step.schedule, step.lr, step.final_lr, q);
  rates.mixer_lr = warmup * scheduled(step.schedule, step.mixer_lr.value_or(step.lr),
                                      step.mixer_final_lr.value_or(step.final_lr), q);
  return rates;
}

}  // namespace radlads
