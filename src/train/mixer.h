// The mixers in training: x [M,C], the block's input after its first norm, to [M,C].
#pragma once

#include <string>

#include "train/parameter_store.h"
#include "train/pass.h"

namespace radlads::train {

struct MixerOutput {
  Tensor y;
  Tensor v_first;  // [M,Hkv*N]: of layer 0 its values, of the others what they were given
};

/// What a mixer is given.
struct MixerCall {
  const Pass& pass;
  int64_t layer;
  const LayerTensors& tensors;  // of the whole layer
  const Tensor& x;
  const Tensor& v_first;  // layer 0's, undefined for layer 0 itself

  /// A tensor of the mixer ("q_proj.weight"), undefined if there is none by this name.
  const Tensor& operator[](const std::string& name) const {
    return tensors[std::string(config().network->mixer_prefix) + name];
  }

  const ModelConfig& config() const { return pass.config; }
  bool has(std::string_view flag) const { return pass.config.options[flag] != 0; }
};

/// The forward pass of the layer's mixer.
MixerOutput mix(const MixerCall& call);

}  // namespace radlads::train
