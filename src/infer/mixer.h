// One layer's mixer in inference: reads M tokens of several sequences, updates each sequence's state (if the
// pass asks for it), writes the output.
#pragma once

#include <cstdint>

namespace radlads::infer {

struct Pass;

/// Its weights are immutable, so that any number of passes may use it at once.
class Mixer {
 public:
  virtual ~Mixer() = default;

  /// x [M,C] is the block's input after its first norm, y [M,C] the output.
  virtual void forward(Pass& pass, int64_t layer, const float* x, float* y) const = 0;
};

}  // namespace radlads::infer
