// The forward pass over a sequence, in chunks of tokens, which wkv6, wkv7's small heads and its large ones
// process in three ways (docs/kernels.md says why, and what they cost). The state is key-major in scratch
// memory: lanes are value channels, and these are independent of each other.
#if defined(RADLADS_KERNELS_CPU_WKV_FORWARD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RADLADS_KERNELS_CPU_WKV_FORWARD_INL_H_
#undef RADLADS_KERNELS_CPU_WKV_FORWARD_INL_H_
#else
#define RADLADS_KERNELS_CPU_WKV_FORWARD_INL_H_
#endif

#include "kernels/cpu/wkv_groups-inl.h"
#include "kernels/cpu/wkv_product-inl.h"
#include "kernels/cpu/wkv_reads-inl.h"
#include "kernels/cpu/wkv_recurrent-inl.h"

HWY_BEFORE_NAMESPACE();
namespace radlads::kernels::cpu::HWY_NAMESPACE {

/// -sa from the reads of kk: sa = left [S; v] + A sa', where A are the products of kk with b and sa' = -sa.
template <class Size>
HWY_NOINLINE void solve_sa(Size N, const WkvChunkScratch& chunk, WkvColumns columns, float* state) {
  const int64_t padded = wkv_padded(N), stride = wkv_row_stride(N);
  const float* reads = chunk.left + kChunk<true> * stride;
  float* minus_sa = state + (padded + kChunk<true>)*padded;
  padded_product(kChunk<true>, columns, padded + kChunk<true>, {reads, stride, 1}, state, padded,
                 [&](int64_t i, int64_t c, VF sum)
                     HWY_ATTR { hn::Store(sum, Floats(), minus_sa + i * padded + c); });
  solve<false>(reads + padded + kChunk<true>, stride, columns, minus_sa, padded);
}

/// o of all tokens of the chunk, [chunk,padded N].
template <class Size>
HWY_NOINLINE void read_outputs(Size N, const WkvChunkScratch& chunk, WkvColumns columns, const float* state,
                               float* outputs) {
  const int64_t padded = wkv_padded(N), stride = wkv_row_stride(N);
  padded_product(kChunk<true>, columns, padded + kWkvReads, {chunk.left, stride, 1}, state, padded,
                 [&](int64_t i, int64_t c, VF sum)
                     HWY_ATTR { hn::Store(sum, Floats(), outputs + i * padded + c); });
}

/// The outputs of the `length` tokens from t on, to their destination.
template <class Size>
HWY_INLINE void store_outputs(Size N, const float* outputs, WkvColumns columns, int64_t t, int64_t length,
                              const WkvRowsOut& o, const Streamer& streamer) {
  for (int64_t row = 0; row < length; ++row) {
    for (int64_t c = columns.begin; c < columns.end; c += kFloatLanes)
      streamer.store(N, hn::Load(Floats(), outputs + row * wkv_padded(N) + c), o, t + row, c);
  }
}

/// The state of a stack = diag(decay) from + late^T values, where `from` [N,padded N] may be that state. Also
/// of the gradient of states, with the reads in place of the writes.
template <class Size>
HWY_NOINLINE void advance_state(Size N, const float* decay, const float* late, WkvColumns columns,
                                const float* from, float* stack) {
  const int64_t padded = wkv_padded(N), stride = wkv_row_stride(N);
  padded_product(N, columns, kWkvReads, {late, 1, stride}, stack + padded * padded, padded,
                 [&](int64_t j, int64_t c, VF sum) HWY_ATTR {
                   const VF state = hn::Load(Floats(), from + j * padded + c);
                   hn::Store(hn::MulAdd(hn::Set(Floats(), decay[j]), state, sum), Floats(),
                             stack + j * padded + c);
                 });
}

/// Between a state [N,N] in memory, value-major with the delta rule, and one in scratch memory, key-major:
/// the columns that exist. from: null for zero.
template <bool kDelta>
HWY_INLINE void load_state(const float* from, int64_t N, WkvColumns columns, float* state) {
  const int64_t padded = wkv_padded(N), begin = columns.begin, count = std::min(columns.end, N) - begin;
  std::fill_n(state, padded * padded, 0.0f);
  if (from == nullptr) return;
  kDelta ? transpose(from + begin * N, N, count, N, state + begin, padded)
         : copy_rows(from + begin, N, N, count, state + begin, padded);
}

template <bool kDelta>
HWY_INLINE void store_state(const float* state, int64_t N, WkvColumns columns, float* to) {
  const int64_t padded = wkv_padded(N), begin = columns.begin, count = std::min(columns.end, N) - begin;
  kDelta ? transpose(state + begin, padded, N, count, to + begin * N, N)
         : copy_rows(state + begin, padded, N, count, to + begin, N);
}

/// Columns of rows [count,padded N], bypassing the caches: the backward pass comes much later, and a store
/// that fetches its line first takes twice the time.
HWY_INLINE void stream(const float* from, int64_t count, int64_t padded, WkvColumns columns, float* to) {
  for (int64_t i = 0; i < count * padded; i += padded) {
    for (int64_t c = columns.begin; c < columns.end; c += kFloatLanes)
      hn::Stream(hn::Load(Floats(), from + i + c), Floats(), to + i + c);
  }
}

/// Up to here wkv7's tokens one after the other are faster than chunks (docs/kernels.md).
inline constexpr int64_t kLargestRecurrentHead = 64;

/// wkv7's chunk of the `length` tokens from t on: the state, -sa below v, and o in scratch memory.
template <class Size>
HWY_INLINE void advance_chunk(Size N, const WkvHead& head, int64_t t, int64_t length, WkvColumns columns,
                              const Prefetch& prefetch, const WkvForwardScratch& scratch) {
  load_chunk<true>(N, head, t, length, scratch.chunk);
  for (int64_t token = 0; token < kChunk<true>; ++token) {
    prefetch.fetch_token(N, t + kChunk<true> + token);
    read_token<true>(N, scratch.chunk, token);
  }
  solve_sa(N, scratch.chunk, columns, scratch.state);
  read_outputs(N, scratch.chunk, columns, scratch.state, scratch.outputs);
  advance_state(N, scratch.chunk.decay, scratch.chunk.late, columns, scratch.state, scratch.state);
}

/// Some value channels of a head.
template <bool kDelta, class Size>
HWY_INLINE void forward_head(Size N, const WkvInputs& inputs, const WkvOutputs& outputs,
                             const WkvSequence& sequence, int64_t h, WkvColumns columns,
                             const WkvForwardScratch& scratch) {
  const WkvHead head(inputs, sequence, h);
  const WkvCheckpoints<float> checkpoints(inputs, outputs.checkpoints);
  const WkvRowsOut o = wkv_rows(outputs.o, sequence, h, inputs.H);
  Streamer streamer(wkv_is_large(inputs), N);
  streamer.add(o);
  const Prefetch prefetch = prefetch_inputs<kDelta>(head);
  const bool keep = outputs.checkpoints != nullptr;
  const int64_t padded = wkv_padded(N), state_offset = wkv_state_offset(inputs, sequence, h);
  float *values = scratch.state + padded * padded, *minus_sa = values + kChunk<kDelta> * padded;
  load_state<kDelta>(inputs.s0 == nullptr ? nullptr : inputs.s0 + state_offset, N, columns, scratch.state);
  if (kDelta && N > kLargestRecurrentHead) clear_products(N, scratch.chunk);
  for (int64_t t = 0; t < sequence.length; t += kChunk<kDelta>) {
    const int64_t length = std::min(kChunk<kDelta>, sequence.length - t);
    if (keep && t % kWkvInterval == 0)
      stream(scratch.state, N, padded, columns, checkpoints.state(sequence, t / kWkvInterval, h));
    load_rows<kDelta>(N, head.v, t, length, values);
    if constexpr (!kDelta) {
      advance_groups(N, head, t, length, columns, prefetch, scratch);
    } else if (N <= kLargestRecurrentHead) {
      advance_tokens(N, head, t, length, columns, prefetch, scratch);
    } else {
      advance_chunk(N, head, t, length, columns, prefetch, scratch);
    }
    store_outputs(N, scratch.outputs, columns, t, length, o, streamer);
    if (kDelta && keep)
      stream(minus_sa, length, padded, columns, checkpoints.minus_sa(sequence, h) + t * padded);
  }
  if (keep || streamer.streams()) hwy::FlushStream();
  if (outputs.sT != nullptr) store_state<kDelta>(scratch.state, N, columns, outputs.sT + state_offset);
}

}  // namespace radlads::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard
