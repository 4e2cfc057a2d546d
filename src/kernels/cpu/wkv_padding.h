// Heads of a size that no kernel supports, as heads of the next supported size: the passes of wkv6 and wkv7
// run on copies with the additional channels set to zero. A channel without r, k, v and kk reads and writes
// nothing of the state, so the results of the others are unchanged.
#pragma once

#include <cstdint>

#include "kernels/context.h"
#include "kernels/wkv_form.h"

namespace radlads::kernels::cpu {

/// The size at which heads of size N are computed: a multiple of 8.
inline constexpr int64_t wkv_whole_head(int64_t N) { return (N + 7) / 8 * 8; }

/// A pass with whole heads. Results: WkvOutputs or WkvGradients.
template <class Results>
struct WholeHeads {
  WkvInputs inputs;
  Results results;
};

/// Copies of the inputs, of upstream gradients, and of states, and memory for the results. They are
/// valid until the thread's next call; checkpoints are written where they belong.
WholeHeads<WkvOutputs> whole_heads(Context& context, const WkvInputs& inputs, const WkvOutputs& outputs);
WholeHeads<WkvGradients> whole_heads(Context& context, const WkvInputs& inputs,
                                     const WkvGradients& gradients);

/// Copies the results of the pass on `whole`, which was made from these inputs.
void take_results(Context& context, const WholeHeads<WkvOutputs>& whole, const WkvInputs& inputs,
                  const WkvOutputs& outputs);
void take_results(Context& context, const WholeHeads<WkvGradients>& whole, const WkvInputs& inputs,
                  const WkvGradients& gradients);

}  // namespace radlads::kernels::cpu
