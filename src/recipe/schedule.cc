#include "recipe/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/error.h"

namespace radlads {
namespace {

double scheduled(const std::string& schedule, double a, double b, double q) {
  if (schedule == "flat") return a;
  if (schedule == "cosine") return b + (a - b) * std::cos(std::numbers::pi * q / 2);
  if (schedule == "linear") return b + (a - b) * (1 - q);
  if (schedule == "oneminussqrt") return b + (a - b) * (1 - std::sqrt(q));
  RADLADS_CHECK(schedule == "exp", "unknown schedule {}", schedule);
  return a > 0 ? a * std::pow(b / a, q) : 0;
}

/// (x - low) / (high - low), cut to [0, 1]; a step from 0 to 1 if low and high are equal.
double fraction(double x, double low, double high) {
  if (high <= low) return x < low ? 0 : 1;
  return std::clamp((x - low) / (high - low), 0.0, 1.0);
}

}  // namespace

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
