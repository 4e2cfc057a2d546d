// The feed-forwards there are: what the program knows of each (spec.cc), and its computation in each half
// (infer.cc, train.cc).
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "mixers/spec.h"

namespace at {
class Tensor;
}

namespace radlads {

namespace infer {
class FeedForward;
class WeightLoader;
}  // namespace infer

namespace train {
struct FeedForwardCall;
}

/// As MixerSpec, for the second half of a block.
struct FeedForwardSpec {
  void (*add_tensors)(TensorRows& rows) = nullptr;
  std::vector<StateSpec> (*states)(const ModelConfig& config) = nullptr;
  int64_t (*activation_floats)(const ModelConfig& config) = nullptr;
};

namespace feed_forwards {

/// down(silu(gate(x)) * up(x))
struct SwiGlu {
  static const FeedForwardSpec spec;
  static std::unique_ptr<infer::FeedForward> load(infer::WeightLoader& loader, int64_t layer);
  static at::Tensor forward(const train::FeedForwardCall& call);
};

/// value(relu(key(x + (x' - x) x_k))^2), x' the token before: RWKV's channel mixing (arXiv 2503.14456).
struct SquaredRelu {
  static const FeedForwardSpec spec;
  static std::unique_ptr<infer::FeedForward> load(infer::WeightLoader& loader, int64_t layer);
  static at::Tensor forward(const train::FeedForwardCall& call);
};

/// Calls visit(FeedForward()) for each of them.
template <class Visit>
void for_each(const Visit& visit) {
  visit(SwiGlu());
  visit(SquaredRelu());
}

}  // namespace feed_forwards
}  // namespace radlads
