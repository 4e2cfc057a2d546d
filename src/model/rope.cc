#include "model/rope.h"

#include <cmath>
#include <numbers>

namespace radlads {
namespace {

double rescaled(double frequency, const Llama3RopeScaling& scaling) {
  const double turns = scaling.original_context * frequency / (2 * std::numbers::pi);
  if (turns < scaling.low_freq_factor) return frequency / scaling.factor;
  if (turns > scaling.high_freq_factor) return frequency;
  const double keep =
      (turns - scaling.low_freq_factor) / (scaling.high_freq_factor - scaling.low_freq_factor);
  return frequency * (keep + (1 - keep) / scaling.factor);
}

}  // namespace

std::vector<double> rope_frequencies(const ModelConfig& config) {
  std::vector<double> frequencies(static_cast<size_t>(config.N / 2));
  for (size_t i = 0; i < frequencies.size(); ++i) {
    const double exponent = -2.0 * static_cast<double>(i) / static_cast<double>(config.N);
    frequencies[i] = std::pow(config.rope_theta, exponent);
    if (config.rope_scaling) frequencies[i] = rescaled(frequencies[i], *config.rope_scaling);
  }
  return frequencies;
}

}  // namespace radlads
