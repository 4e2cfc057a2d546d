// Heads whose size no kernel takes, as heads of the next size that one takes: the passes of wkv6 and wkv7 run
// on copies whose further channels are zero. A channel without r, k, v and kk reads and writes nothing of the
// state, so the results of the others are what they were.
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

/// Copies of the inputs, of upstream gradients, and of states, and room for the results. They are
/// valid until the thread's next call; checkpoints are written where they belong.
WholeHeads<WkvOutputs> whole_heads(Context& context, const WkvInputs& inputs, const WkvOutputs& outputs);
WholeHeads<WkvGradients> whole_heads(Context& context, const WkvInputs& inputs,
                                     const WkvGradients& gradients);

/// Takes over the results of the pass on `whole`, which was made of these inputs.
void take_results(Context& context, const WholeHeads<WkvOutputs>& whole, const WkvInputs& inputs,
                  const WkvOutputs& outputs);
void take_results(Context& context, const WholeHeads<WkvGradients>& whole, const WkvInputs& inputs,
                  const WkvGradients& gradients);

}  // namespace radlads::kernels::cpu
