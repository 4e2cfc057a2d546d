// One layer of a model in training: x += mixer(norm(x)); x += feed_forward(norm(x)).
#pragma once

#include "train/mixer.h"

namespace radlads::train {

/// What a feed-forward is given.
struct FeedForwardCall {
  const Pass& pass;
  const LayerTensors& tensors;  // of the whole layer
  const Tensor& residual;       // [M,C] what its output is added to
  const Tensor& x;              // [M,C] its input

  /// A tensor of the feed-forward ("up_proj.weight").
  const Tensor& operator[](const std::string& name) const {
    return tensors[std::string(pass.config.network->feed_forward_prefix) + name];
  }
};

/// The norm called `name`, of the network's kind.
Tensor norm(const Pass& pass, const LayerTensors& p, std::string_view name, const Tensor& x);

/// The block's input after its first norm: what the mixer reads.
Tensor mixer_input(const Pass& pass, const LayerTensors& p, const Tensor& x);

/// The residual stream after the block, given the mixer's output.
Tensor finish_block(const Pass& pass, const LayerTensors& p, const Tensor& x, const Tensor& mixer_output);

/// The whole block; `y` of the result is the residual stream.
MixerOutput block(const Pass& pass, int64_t layer, const LayerTensors& p, const Tensor& x,
                  const Tensor& v_first);

}  // namespace radlads::train
