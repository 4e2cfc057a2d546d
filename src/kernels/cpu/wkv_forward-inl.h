// The forward pass over a sequence. Its state is key-major in scratch memory: lanes are value channels, so
// that sa and o are sums over rows and no lanes are ever summed. A token reads and writes the state once: the
// next token's sa is summed on the way. Cost of a token: N^2 x 3 (wkv6) or 5 (wkv7) vector operations on
// floats; the state and the vectors of a chunk stay in the first-level cache.
#if defined(RADLADS_KERNELS_CPU_WKV_FORWARD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RADLADS_KERNELS_CPU_WKV_FORWARD_INL_H_
#undef RADLADS_KERNELS_CPU_WKV_FORWARD_INL_H_
#else
#define RADLADS_KERNELS_CPU_WKV_FORWARD_INL_H_
#endif

#include "kernels/cpu/wkv_chunk-inl.h"

HWY_BEFORE_NAMESPACE();
namespace radlads::kernels::cpu::HWY_NAMESPACE {

/// Value channels that are treated at once. The state holds each such block of columns as [N][width], from
/// state + column * N on; the last one may be narrower.
inline constexpr int64_t kBlockColumns = 2 * kFloatLanes;

/// The chunk as the columns see it.
struct ForwardChunk {
  int64_t begin, length;   // tokens
  const float* vectors;    // [length][kNumVectors][padded N]
  WkvRows<const float> v;  // [length,N]
  WkvRows<float> o;        // [length,N]
  float* sa;               // [length][padded N], aligned, or null
  const Prefetch& prefetch;
  const Streamer& streamer;
};

/// sa of the chunk's first token.
template <int kVectors, class Size>
HWY_INLINE void sum_rows(Size N, const float* weights, const float* state, VF (&sums)[kVectors]) {
  const Floats d;
  for (int c = 0; c < kVectors; ++c) sums[c] = hn::Zero(d);
  for (int64_t j = 0; j < N; ++j) {
    for (int c = 0; c < kVectors; ++c, state += kFloatLanes)
      sums[c] = hn::MulAdd(hn::Set(d, weights[j]), hn::Load(d, state), sums[c]);
  }
}

/// One token: turns the sums sa into those of the next token, with weights next_kk, and gives o.
template <bool kDelta, int kVectors, class Size>
HWY_INLINE void advance_token(Size N, const float* HWY_RESTRICT vectors, const float* HWY_RESTRICT next_kk,
                              const VF (&v)[kVectors], float* HWY_RESTRICT state, VF (&sa)[kVectors],
                              VF (&o)[kVectors]) {
  const Floats d;
  const int64_t padded = wkv_padded(N);
  // Sums over even and over odd rows, because a chain of additions waits for each of them.
  VF outputs[2][kVectors], next[2][kVectors];
  for (int c = 0; c < kVectors; ++c) outputs[0][c] = outputs[1][c] = next[0][c] = next[1][c] = hn::Zero(d);
  for (int64_t j = 0; j < N; j += 2) {
    HWY_UNROLL(2)
    for (int odd = 0; odd < 2; ++odd) {
      const float* x = vectors + j + odd;
      const VF r = hn::Set(d, x[kR * padded]), w = hn::Set(d, x[kW * padded]), k = hn::Set(d, x[kK * padded]);
      HWY_UNROLL(2)
      for (int c = 0; c < kVectors; ++c, state += kFloatLanes) {
        VF s = hn::Mul(w, hn::Load(d, state));
        if constexpr (kDelta) s = hn::NegMulAdd(hn::Set(d, x[kB * padded]), sa[c], s);
        s = hn::MulAdd(k, v[c], s);
        outputs[odd][c] = hn::MulAdd(r, s, outputs[odd][c]);
        if constexpr (kDelta) next[odd][c] = hn::MulAdd(hn::Set(d, next_kk[j + odd]), s, next[odd][c]);
        hn::Store(s, d, state);
      }
    }
  }
  for (int c = 0; c < kVectors; ++c) {
    o[c] = hn::Add(outputs[0][c], outputs[1][c]);
    sa[c] = hn::Add(next[0][c], next[1][c]);
  }
}

/// Takes kVectors vectors of value channels, from `column` on, through the chunk. state: their block.
template <bool kDelta, int kVectors, class Size>
HWY_NOINLINE void advance_columns(Size N, const ForwardChunk& chunk, int64_t column, float* state) {
  const Floats d;
  const int64_t padded = wkv_padded(N);
  VF sa[kVectors], v[kVectors], o[kVectors];
  if constexpr (kDelta) sum_rows(N, chunk.vectors + kKk * padded, state, sa);
  for (int64_t t = 0; t < chunk.length; ++t) {
    const float* vectors = chunk.vectors + t * kNumVectors<kDelta> * padded;
    // The last token's sums are not used.
    const float* next = t + 1 < chunk.length ? vectors + kNumVectors<kDelta> * padded : vectors;
    chunk.prefetch.fetch(N, chunk.begin + t + kWkvChunk, column / kBlockColumns,
                         (N + kBlockColumns - 1) / kBlockColumns);
    for (int c = 0; c < kVectors; ++c) {
      const int64_t n = column + c * kFloatLanes;
      v[c] = load_row(chunk.v[t], n, N);
      if (kDelta && chunk.sa != nullptr) hn::Stream(sa[c], d, chunk.sa + t * padded + n);
    }
    advance_token<kDelta>(N, vectors, next + kKk * padded, v, state, sa, o);
    for (int c = 0; c < kVectors; ++c) chunk.streamer.store(N, o[c], chunk.o[t], column + c * kFloatLanes);
  }
}

template <bool kDelta, class Size>
HWY_INLINE void advance_chunk(Size N, const ForwardChunk& chunk, float* state) {
  int64_t column = 0;
  for (; column + kBlockColumns <= wkv_padded(N); column += kBlockColumns)
    advance_columns<kDelta, 2>(N, chunk, column, state + column * N);
  if (column < wkv_padded(N)) advance_columns<kDelta, 1>(N, chunk, column, state + column * N);
}

/// Calls body(column, columns, block, width) for the blocks of the state; `columns` of their width are in
/// use.
template <class T, class Body>
HWY_INLINE void for_each_block(int64_t N, T* state, const Body& body) {
  for (int64_t column = 0; column < N; column += kBlockColumns) {
    body(column, std::min(kBlockColumns, N - column), state + column * N,
         std::min(kBlockColumns, wkv_padded(N) - column));
  }
}

/// From s0 [N,N], which is value-major with the delta rule; null: zero.
template <bool kDelta>
HWY_INLINE void load_state(const float* s0, int64_t N, float* state) {
  std::fill_n(state, N * wkv_padded(N), 0.0f);
  if (s0 == nullptr) return;
  for_each_block(N, state, [&](int64_t column, int64_t columns, float* block, int64_t width) HWY_ATTR {
    kDelta ? transpose(s0 + column * N, N, columns, N, block, width)
           : copy_rows(s0 + column, N, N, columns, block, width);
  });
}

template <bool kDelta>
HWY_INLINE void store_state(float* state, int64_t N, float* sT) {
  for_each_block(N, state, [&](int64_t column, int64_t columns, float* block, int64_t width) HWY_ATTR {
    kDelta ? transpose(block, width, N, columns, sT + column * N, N)
           : copy_rows(block, width, N, columns, sT + column, N);
  });
}

/// Past the caches: the backward pass comes much later, and a store that fetches its line first costs twice
/// the time.
HWY_INLINE void stream(const float* from, int64_t count, float* to) {
  for (int64_t i = 0; i < count; i += kFloatLanes) hn::Stream(hn::Load(Floats(), from + i), Floats(), to + i);
}

template <bool kDelta, class Size>
HWY_INLINE void forward_head(Size N, const WkvInputs& inputs, const WkvOutputs& outputs,
                             const WkvSequence& sequence, int64_t h, const WkvForwardScratch& scratch) {
  const WkvHead head(inputs, sequence, h);
  const WkvCheckpoints<float> checkpoints(inputs, outputs.checkpoints);
  const WkvRows<float> o = wkv_rows(outputs.o, sequence, h, inputs.H);
  Streamer streamer(wkv_is_large(inputs), N);
  streamer.add(o);
  Prefetch prefetch = prefetch_inputs<kDelta>(head);
  if (!streamer.streams()) prefetch.add(o);
  const bool keep = outputs.checkpoints != nullptr;
  const int64_t state_floats = N * wkv_padded(N), state_offset = wkv_state_offset(inputs, sequence, h);
  load_state<kDelta>(inputs.s0 == nullptr ? nullptr : inputs.s0 + state_offset, N, scratch.state);
  for (int64_t t = 0; t < sequence.length; t += kWkvChunk) {
    const int64_t length = std::min(kWkvChunk, sequence.length - t);
    if (keep) stream(scratch.state, state_floats, checkpoints.state(sequence, t / kWkvChunk, h));
    float* sa = kDelta && keep ? checkpoints.sa(sequence, h) + t * wkv_padded(N) : nullptr;
    prepare_chunk<kDelta>(N, head, t, length, scratch.vectors);
    advance_chunk<kDelta>(N, {t, length, scratch.vectors, head.v.from(t), o.from(t), sa, prefetch, streamer},
                          scratch.state);
  }
  if (keep || streamer.streams()) hwy::FlushStream();
  if (outputs.sT != nullptr) store_state<kDelta>(scratch.state, N, outputs.sT + state_offset);
}

}  // namespace radlads::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard
