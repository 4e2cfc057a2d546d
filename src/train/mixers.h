// The mixers in training: x [M,C], the block's input after its first norm, to [M,C] after o_proj. Equations:
// kernels/wkv6.h, wkv7.h, rad6.h, rad7.h, attention.h.
#pragma once

#include "train/parameter_store.h"
#include "train/pass.h"

namespace radlads::train {

struct MixerOutput {
  Tensor y;
  Tensor v_first;  // [M,Hkv*N]: of layer 0 its values, of the others what they were given
};

/// `layer` has its tensors in `p`; `v_first` is layer 0's, undefined for layer 0 itself.
MixerOutput mix(const Pass& pass, int64_t layer, const LayerTensors& p, const Tensor& x,
                const Tensor& v_first);

}  // namespace radlads::train
