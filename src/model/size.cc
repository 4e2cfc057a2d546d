#include "model/size.h"

#include <algorithm>

#include "model/tensor_table.h"

namespace radlads {
namespace {

/// Approximately what one layer keeps per token for its backward pass.
int64_t layer_floats(const ModelConfig& config, MixerKind kind) {
  int64_t floats =
      5 * config.C + 2 * config.F + 4 * config.Hkv * config.N;  // block, feed-forward, keys and values
  if (kind == MixerKind::kSoftmax) floats += 4 * config.A();
  if (kind == MixerKind::kRad6) floats += 12 * config.C + 8 * config.A();  // token shift; recurrence and gate
  if (kind == MixerKind::kRad7) floats += 14 * config.A();
  return floats;
}

}  // namespace

int64_t num_parameters(const ModelConfig& config) {
  int64_t count = 0;
  for (const TensorSpec& spec : tensor_table(config)) {
    if (!spec.unused) count += num_elements(spec.shape);
  }
  return count;
}

int64_t state_bytes(const ModelConfig& config) {
  int64_t floats = 0;
  for (const MixerKind kind : config.mixers) {
    if (kind != MixerKind::kSoftmax) floats += config.H * config.N * config.N;
    if (kind == MixerKind::kRad6 && config.options.use_tokenshift) floats += config.C;
  }
  return floats * 4;
}

int64_t cache_bytes_per_token(const ModelConfig& config, int64_t element_bytes) {
  return static_cast<int64_t>(config.softmax_layers().size()) * 2 * config.Hkv * config.N * element_bytes;
}

int64_t activation_bytes(const ModelConfig& config, int64_t tokens) {
  int64_t floats = 0;
  for (const MixerKind kind : config.mixers) floats += layer_floats(config, kind);
  return floats * tokens * 4;
}

int64_t recomputed_activation_bytes(const ModelConfig& config, int64_t tokens) {
  int64_t largest = 0;
  for (const MixerKind kind : config.mixers) largest = std::max(largest, layer_floats(config, kind));
  return (config.L * config.C + 2 * largest) * tokens * 4;  // twice: the activations and their gradients
}

}  // namespace radlads
