// The two parts of a layer in inference, as their kinds implement them: what mixes the tokens, and the
// feed-forward. Both read M tokens of several sequences and update each sequence's states (if the pass asks
// for it). Their weights are immutable, so that any number of passes may use them at once.
#pragma once

#include <cstdint>

namespace radlads::infer {

struct Pass;

class Mixer {
 public:
  virtual ~Mixer() = default;

  /// x [M,C] is the block's input after its first norm, y [M,C] the output.
  virtual void forward(Pass& pass, int64_t layer, const float* x, float* y) const = 0;
};

class FeedForward {
 public:
  virtual ~FeedForward() = default;

  /// x [M,C] is the residual stream after the block's second norm; the output is added to y [M,C].
  virtual void add_to(Pass& pass, int64_t layer, const float* x, float* y) const = 0;
};

}  // namespace radlads::infer
