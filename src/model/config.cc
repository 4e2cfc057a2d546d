#include "model/config.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "feed_forward/table.h"
#include "model/tensor_table.h"

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

/// Approximately what one layer keeps per token for its backward pass.
int64_t layer_floats(const ModelConfig& config, const MixerSpec& mixer) {
  return 5 * config.C + config.network->feed_forward->activation_floats(config) +
         mixer.activation_floats(config);
}

}  // namespace

const MixerSpec& ModelConfig::mixer() const {
  const auto it = std::ranges::find(mixers, false, &MixerSpec::is_attention);
  return it == mixers.end() ? *mixers.front() : **it;
}

std::vector<StateSpec> ModelConfig::states_of(int64_t layer) const {
  std::vector<StateSpec> states = mixer_of(layer).states(*this);
  for (StateSpec& state : network->feed_forward->states(*this)) states.push_back(std::move(state));
  return states;
}

std::vector<int64_t> ModelConfig::softmax_layers() const {
  std::vector<int64_t> layers;
  for (int64_t l = 0; l < L; ++l) {
    if (mixer_of(l).is_attention) layers.push_back(l);
  }
  return layers;
}

std::vector<double> rope_frequencies(const ModelConfig& config) {
  std::vector<double> frequencies(static_cast<size_t>(config.N / 2));
  for (size_t i = 0; i < frequencies.size(); ++i) {
    const double exponent = -2.0 * static_cast<double>(i) / static_cast<double>(config.N);
    frequencies[i] = std::pow(config.rope_theta, exponent);
    if (config.rope_scaling) frequencies[i] = rescaled(frequencies[i], *config.rope_scaling);
  }
  return frequencies;
}

int64_t num_parameters(const ModelConfig& config) {
  int64_t count = 0;
  for (const TensorSpec& spec : tensor_table(config)) {
    if (!spec.unused) count += num_elements(spec.shape);
  }
  return count;
}

int64_t state_bytes(const ModelConfig& config) {
  int64_t floats = 0;
  for (int64_t l = 0; l < config.L; ++l) {
    for (const StateSpec& state : config.states_of(l)) floats += num_elements(state.shape);
  }
  return floats * 4;
}

int64_t cache_bytes_per_token(const ModelConfig& config, int64_t element_bytes) {
  return static_cast<int64_t>(config.softmax_layers().size()) * 2 * config.Hkv * config.N * element_bytes;
}

int64_t activation_bytes(const ModelConfig& config, int64_t tokens) {
  int64_t floats = 0;
  for (const MixerSpec* mixer : config.mixers) floats += layer_floats(config, *mixer);
  return floats * tokens * 4;
}

int64_t recomputed_activation_bytes(const ModelConfig& config, int64_t tokens) {
  int64_t largest = 0;
  for (const MixerSpec* mixer : config.mixers) largest = std::max(largest, layer_floats(config, *mixer));
  return (config.L * config.C + 2 * largest) * tokens * 4;  // twice: the activations and their gradients
}

}  // namespace radlads
