// The items of work of the backward pass: whole sequences from their end, chunk by chunk; or, if there are
// few, first the gradients of the states between all chunks, then the chunks in any order.
#if defined(RADLADS_KERNELS_CPU_WKV_BACKWARD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RADLADS_KERNELS_CPU_WKV_BACKWARD_INL_H_
#undef RADLADS_KERNELS_CPU_WKV_BACKWARD_INL_H_
#else
#define RADLADS_KERNELS_CPU_WKV_BACKWARD_INL_H_
#endif

#include <vector>

#include "kernels/cpu/wkv_backward_head-inl.h"

HWY_BEFORE_NAMESPACE();
namespace radlads::kernels::cpu::HWY_NAMESPACE {

template <bool kDelta>
HWY_INLINE int64_t num_chunks(const WkvSequence& sequence) {
  return (sequence.length + kChunk<kDelta> - 1) / kChunk<kDelta>;
}

/// Columns of the gradient of a head's last state, into a stack; of that of its first state, from one.
template <bool kDelta, class Size>
HWY_INLINE void load_d_state(Size N, const WkvInputs& inputs, const WkvGradients& gradients,
                             const WkvSequence& sequence, int64_t h, WkvColumns columns, float* D) {
  const float* d_sT = gradients.d_sT;
  if (d_sT != nullptr) d_sT += wkv_state_offset(inputs, sequence, h);
  load_state<kDelta>(d_sT, N, columns, D);
}

template <bool kDelta, class Size>
HWY_INLINE void store_d_state(Size N, const WkvInputs& inputs, const WkvGradients& gradients,
                              const WkvSequence& sequence, int64_t h, WkvColumns columns, const float* D) {
  if (gradients.ds0 == nullptr) return;
  store_state<kDelta>(D, N, columns, gradients.ds0 + wkv_state_offset(inputs, sequence, h));
}

/// Heads that share inputs, chunk by chunk: so the sums of their gradients stay in scratch memory.
template <bool kDelta, class Size>
HWY_INLINE void backward_unit(Size N, const WkvBackwardPass& pass, const WkvSequence& sequence, int64_t unit,
                              const WkvBackwardScratch& scratch) {
  const WkvInputs& inputs = pass.inputs;
  const int64_t heads = inputs.H / inputs.num_units(), first = unit * heads;
  const WkvColumns columns = {0, wkv_padded(N)};
  const auto stack = [&](int64_t h) { return scratch.d_states + h * wkv_stack_floats(N); };
  std::vector<BackwardHead<kDelta, Size>> unit_heads;
  for (int64_t h = 0; h < heads; ++h) {
    unit_heads.emplace_back(N, pass, sequence, first + h, scratch);
    load_d_state<kDelta>(N, inputs, pass.gradients, sequence, first + h, columns, stack(h));
  }
  clear_products(N, scratch.chunk);
  for (int64_t chunk = num_chunks<kDelta>(sequence) - 1; chunk >= 0; --chunk)
    for (int64_t h = 0; h < heads; ++h) unit_heads[h].backward_chunk(chunk, stack(h));
  hwy::FlushStream();
  for (int64_t h = 0; h < heads; ++h)
    store_d_state<kDelta>(N, inputs, pass.gradients, sequence, first + h, columns, stack(h));
}

/// The gradients of the states between all chunks of a head: some columns.
template <bool kDelta, class Size>
HWY_INLINE void propagate_head(Size N, const WkvBackwardPass& pass, const WkvSequence& sequence, int64_t h,
                               WkvColumns columns, const WkvBackwardScratch& scratch) {
  const int64_t padded = wkv_padded(N);
  const BackwardHead<kDelta, Size> head(N, pass, sequence, h, scratch);
  float* D = scratch.d_states;
  const auto keep = [&](int64_t chunk) HWY_ATTR {
    for (int64_t j = 0; j < N; ++j) {
      std::copy(D + j * padded + columns.begin, D + j * padded + columns.end,
                pass.d_state(sequence, chunk, h) + j * padded + columns.begin);
    }
  };
  load_d_state<kDelta>(N, pass.inputs, pass.gradients, sequence, h, columns, D);
  clear_products(N, scratch.chunk);
  keep(num_chunks<kDelta>(sequence));
  for (int64_t chunk = num_chunks<kDelta>(sequence) - 1; chunk >= 0; --chunk) {
    head.propagate(chunk, columns, D);
    keep(chunk);
  }
  store_d_state<kDelta>(N, pass.inputs, pass.gradients, sequence, h, columns, D);
}

/// A chunk of heads that share inputs, between gradients of states that propagate_head left.
template <bool kDelta, class Size>
HWY_INLINE void backward_chunk(Size N, const WkvBackwardPass& pass, const WkvSequence& sequence,
                               int64_t chunk, int64_t unit, const WkvBackwardScratch& scratch) {
  if (chunk >= num_chunks<kDelta>(sequence)) return;
  const int64_t heads = pass.inputs.H / pass.inputs.num_units(), first = unit * heads;
  clear_products(N, scratch.chunk);
  const int64_t padded = wkv_padded(N);
  std::fill_n(scratch.d_states + N * padded, (padded - N) * padded, 0.0f);
  for (int64_t h = first; h < first + heads; ++h) {
    std::copy_n(pass.d_state(sequence, chunk + 1, h), N * padded, scratch.d_states);
    BackwardHead<kDelta, Size>(N, pass, sequence, h, scratch)
        .backward_chunk(chunk, scratch.d_states, pass.d_state(sequence, chunk, h));
  }
  hwy::FlushStream();
}

}  // namespace radlads::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard
