// One layer of a model in training: x += mixer(norm(x)); x += down(silu(gate(y)) * up(y)), y = norm(x).
#pragma once

#include "train/mixer.h"

namespace radlads::train {

/// The block's input after its first norm: what the mixer reads.
Tensor mixer_input(const Pass& pass, const LayerTensors& p, const Tensor& x);

/// The residual stream after the block, given the mixer's output.
Tensor finish_block(const Pass& pass, const LayerTensors& p, const Tensor& x, const Tensor& mixer_output);

/// The whole block; `y` of the result is the residual stream.
MixerOutput block(const Pass& pass, int64_t layer, const LayerTensors& p, const Tensor& x,
                  const Tensor& v_first);

}  // namespace radlads::train
