// wkv7's forward pass for small heads: tokens one after the other. The state is in the first-level cache, and
// there the products of a chunk cost more than they save. A token reads and writes the state once: the next
// token's sa is summed on the way.
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

/// -sa of the first token, on kVectors vectors of columns. state: their first column.
template <int kVectors, class Size>
HWY_INLINE void first_minus_sa(Size N, const float* kk, const float* state, VF (&minus_sa)[kVectors]) {
  const Floats d;
  for (int c = 0; c < kVectors; ++c) minus_sa[c] = hn::Zero(d);
  for (int64_t j = 0; j < N; ++j, state += wkv_padded(N)) {
    for (int c = 0; c < kVectors; ++c)
      minus_sa[c] = hn::NegMulAdd(hn::Set(d, kk[j]), hn::Load(d, state + c * kFloatLanes), minus_sa[c]);
  }
}

/// One token: gives o, and turns -sa into that of the next token. Rows j, j + kParts, ... are summed into one
/// part.
template <int kVectors, int kParts, class Size>
HWY_INLINE void advance_token(Size N, const RecurrentToken& x, const VF (&v)[kVectors],
                              float* HWY_RESTRICT state, VF (&minus_sa)[kVectors], VF (&o)[kVectors]) {
  const Floats d;
  VF outputs[kParts][kVectors], next[kParts][kVectors];
  for (int part = 0; part < kParts; ++part) {
    for (int c = 0; c < kVectors; ++c) outputs[part][c] = next[part][c] = hn::Zero(d);
  }
  for (int64_t j = 0; j < N; j += kParts) {
    HWY_UNROLL(2)
    for (int part = 0; part < kParts; ++part, state += wkv_padded(N)) {
      const VF w = hn::Set(d, x.w[j + part]), k = hn::Set(d, x.k[j + part]), b = hn::Set(d, x.b[j + part]);
      const VF r = hn::Set(d, x.r[j + part]), kk = hn::Set(d, x.next_kk[j + part]);
      HWY_UNROLL(4)
      for (int c = 0; c < kVectors; ++c) {
        VF s = hn::Mul(w, hn::Load(d, state + c * kFloatLanes));
        s = hn::MulAdd(k, v[c], s);
        s = hn::MulAdd(b, minus_sa[c], s);
        next[part][c] = hn::NegMulAdd(kk, s, next[part][c]);
        outputs[part][c] = hn::MulAdd(r, s, outputs[part][c]);
        hn::Store(s, d, state + c * kFloatLanes);
      }
    }
  }
  for (int c = 0; c < kVectors; ++c) {
    minus_sa[c] = kParts == 1 ? next[0][c] : hn::Add(next[0][c], next[kParts - 1][c]);
    o[c] = kParts == 1 ? outputs[0][c] : hn::Add(outputs[0][c], outputs[kParts - 1][c]);
  }
}

/// kVectors vectors of columns through the `length` tokens of a chunk: the state, -sa below v, and o,
/// [chunk,padded N] in scratch memory. The inputs of the tokens from next_t on are prefetched between these.
template <int kVectors, int kParts, class Size>
HWY_NOINLINE void advance_columns(Size N, const WkvForwardScratch& scratch, int64_t column, int64_t length,
                                  const Prefetch& prefetch, int64_t next_t) {
  const Floats d;
  const WkvChunkScratch& chunk = scratch.chunk;
  const int64_t padded = wkv_padded(N), second = kChunk<true> * padded;
  float *state = scratch.state + column, *values = state + padded * padded;
  VF minus_sa[kVectors], v[kVectors], o[kVectors];
  first_minus_sa(N, chunk.reads + second, state, minus_sa);
  for (int64_t row = 0; row < length; ++row) {
    const int64_t i = row * padded;
    const int64_t next = row + 1 < length ? i + padded : i;  // the last token's sums are not used
    for (int c = 0; c < kVectors; ++c) {
      float* value = values + i + c * kFloatLanes;
      v[c] = hn::Load(d, value);
      hn::Store(minus_sa[c], d, value + second);
    }
    prefetch.fetch_token(N, next_t + row);
    const RecurrentToken x = {chunk.reads + i, chunk.w + i, chunk.writes + i, chunk.writes + second + i,
                              chunk.reads + second + next};
    advance_token<kVectors, kParts>(N, x, v, state, minus_sa, o);
    for (int c = 0; c < kVectors; ++c) hn::Store(o[c], d, scratch.outputs + i + column + c * kFloatLanes);
  }
}

/// wkv7's chunk of the `length` tokens from t on: the state, -sa below v, and o in scratch memory.
template <class Size>
HWY_INLINE void advance_tokens(Size N, const WkvHead& head, int64_t t, int64_t length, WkvColumns columns,
                               const Prefetch& prefetch, const WkvForwardScratch& scratch) {
  load_tokens<true>(N, head, t, length, scratch.chunk);
  int64_t column = columns.begin;
  const auto take = [&](auto vectors, auto parts) HWY_ATTR {
    constexpr int kVectors = decltype(vectors)::value, kParts = decltype(parts)::value;
    for (; column + kVectors * kFloatLanes <= columns.end; column += kVectors * kFloatLanes)
      advance_columns<kVectors, kParts>(N, scratch, column, length, prefetch, t + kChunk<true>);
  };
  // Each addition waits for the one before: where a head has few vectors, they are summed in two parts. The
  // head's width decides, not that of `columns`: threads share a head's columns, and the order of a sum must
  // not depend on their number.
  const auto take_all = [&](auto parts) HWY_ATTR {
    take(std::integral_constant<int, 4>(), parts);
    take(std::integral_constant<int, 2>(), parts);
    take(std::integral_constant<int, 1>(), parts);
  };
  const bool narrow = wkv_padded(N) < 4 * kFloatLanes;
  narrow ? take_all(std::integral_constant<int, 2>()) : take_all(std::integral_constant<int, 1>());
}

}  // namespace radlads::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard
