// Tokens one after the other, for small heads: a state of 32 x 32 is four kilobytes in the first-level cache,
// and there the products of a chunk cost more than they save. A token reads and writes the state once: the
// next token's sa is summed on the way.
#if defined(RADLADS_KERNELS_CPU_WKV_RECURRENT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RADLADS_KERNELS_CPU_WKV_RECURRENT_INL_H_
#undef RADLADS_KERNELS_CPU_WKV_RECURRENT_INL_H_
#else
#define RADLADS_KERNELS_CPU_WKV_RECURRENT_INL_H_
#endif

#include "kernels/cpu/wkv_chunk-inl.h"

HWY_BEFORE_NAMESPACE();
namespace radlads::kernels::cpu::HWY_NAMESPACE {

/// A token's vectors over the key channels; next_kk is the next token's kk.
struct RecurrentToken {
  const float *r, *w, *k, *b, *next_kk;
};

/// sa of the first token, on kVectors vectors of columns. state: their first column.
template <int kVectors, class Size>
HWY_INLINE void first_sa(Size N, const float* kk, const float* state, VF (&sa)[kVectors]) {
  const Floats d;
  for (int c = 0; c < kVectors; ++c) sa[c] = hn::Zero(d);
  for (int64_t j = 0; j < N; ++j, state += wkv_padded(N)) {
    for (int c = 0; c < kVectors; ++c)
      sa[c] = hn::MulAdd(hn::Set(d, kk[j]), hn::Load(d, state + c * kFloatLanes), sa[c]);
  }
}

/// One token: turns sa into that of the next token, and gives o.
template <bool kDelta, int kVectors, class Size>
HWY_INLINE void advance_token(Size N, const RecurrentToken& x, const VF (&v)[kVectors],
                              float* HWY_RESTRICT state, VF (&sa)[kVectors], VF (&o)[kVectors]) {
  const Floats d;
  // Sums over even and over odd rows, because a chain of additions waits for each of them.
  VF outputs[2][kVectors], next[2][kVectors];
  for (int c = 0; c < kVectors; ++c) outputs[0][c] = outputs[1][c] = next[0][c] = next[1][c] = hn::Zero(d);
  for (int64_t j = 0; j < N; j += 2) {
    HWY_UNROLL(2)
    for (int odd = 0; odd < 2; ++odd, state += wkv_padded(N)) {
      const VF r = hn::Set(d, x.r[j + odd]), w = hn::Set(d, x.w[j + odd]), k = hn::Set(d, x.k[j + odd]);
      HWY_UNROLL(2)
      for (int c = 0; c < kVectors; ++c) {
        VF s = hn::Mul(w, hn::Load(d, state + c * kFloatLanes));
        if constexpr (kDelta) s = hn::NegMulAdd(hn::Set(d, x.b[j + odd]), sa[c], s);
        s = hn::MulAdd(k, v[c], s);
        outputs[odd][c] = hn::MulAdd(r, s, outputs[odd][c]);
        if constexpr (kDelta) next[odd][c] = hn::MulAdd(hn::Set(d, x.next_kk[j + odd]), s, next[odd][c]);
        hn::Store(s, d, state + c * kFloatLanes);
      }
    }
  }
  for (int c = 0; c < kVectors; ++c) {
    o[c] = hn::Add(outputs[0][c], outputs[1][c]);
    sa[c] = hn::Add(next[0][c], next[1][c]);
  }
}

/// kVectors vectors of columns through the `length` tokens of a chunk, which begins at token t of the
/// sequence. values: v, and behind it room for -sa.
template <bool kDelta, int kVectors, class Size>
HWY_NOINLINE void advance_columns(Size N, const WkvChunkScratch& chunk, int64_t column, int64_t t,
                                  int64_t length, float* state, float* values, const WkvRowsOut& o_rows,
                                  const Streamer& streamer) {
  const Floats d;
  const int64_t padded = wkv_padded(N), second = kChunk<kDelta> * padded;
  VF sa[kVectors], v[kVectors], o[kVectors];
  if constexpr (kDelta) first_sa(N, chunk.reads + second, state + column, sa);
  for (int64_t row = 0; row < length; ++row) {
    const int64_t i = row * padded;
    const int64_t next = row + 1 < length ? i + padded : i;  // the last token's sums are not used
    for (int c = 0; c < kVectors; ++c) {
      float* value = values + i + column + c * kFloatLanes;
      v[c] = hn::Load(d, value);
      if constexpr (kDelta) hn::Store(hn::Neg(sa[c]), d, value + second);
    }
    const RecurrentToken x = {chunk.reads + i, chunk.w + i, chunk.writes + i, chunk.writes + second + i,
                              chunk.reads + second + next};
    advance_token<kDelta>(N, x, v, state + column, sa, o);
    for (int c = 0; c < kVectors; ++c) streamer.store(N, o[c], o_rows, t + row, column + c * kFloatLanes);
  }
}

/// A chunk: o, the state, and -sa below v.
template <bool kDelta, class Size>
HWY_INLINE void advance_chunk(Size N, const WkvChunkScratch& chunk, WkvColumns columns, int64_t t,
                              int64_t length, float* state, const WkvRowsOut& o, const Streamer& streamer) {
  float* values = state + wkv_padded(N) * wkv_padded(N);
  int64_t column = columns.begin;
  for (; column + 2 * kFloatLanes <= columns.end; column += 2 * kFloatLanes)
    advance_columns<kDelta, 2>(N, chunk, column, t, length, state, values, o, streamer);
  for (; column < columns.end; column += kFloatLanes)
    advance_columns<kDelta, 1>(N, chunk, column, t, length, state, values, o, streamer);
}

}  // namespace radlads::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard
