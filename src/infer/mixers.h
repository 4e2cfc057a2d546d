// The mixers in inference: read M tokens of several sequences, update each sequence's state (if the pass asks
// for it), write the output after o_proj. Equations: kernels/wkv6.h, wkv7.h, rad6.h, rad7.h, attention.h.
#pragma once

#include "infer/pass.h"

namespace radlads::infer {

/// x [M,C] is the block's input after its first norm, y [M,C] the output. Dispatches on the layer's mixer.
void mix(Pass& pass, int64_t layer, const float* x, float* y);

}  // namespace radlads::infer
