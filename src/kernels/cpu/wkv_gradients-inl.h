// From the gradients at the borders of a chunk (of what its reads saw of its first state, of what its writes
// left in its last) and those of its products to the gradients of its vectors.
//
// The gradient of the log decays comes from flows: a write y flows into all later reads, and out at the
// chunk's end, with the strength y dy; a read x is reached by x dx. What flows through the decay of token t
// is what came in with the first state and from the writes before t, minus what the reads before t took away.
#if defined(RADLADS_KERNELS_CPU_WKV_GRADIENTS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RADLADS_KERNELS_CPU_WKV_GRADIENTS_INL_H_
#undef RADLADS_KERNELS_CPU_WKV_GRADIENTS_INL_H_
#else
#define RADLADS_KERNELS_CPU_WKV_GRADIENTS_INL_H_
#endif

#include "kernels/cpu/wkv_chunk-inl.h"

HWY_BEFORE_NAMESPACE();
namespace radlads::kernels::cpu::HWY_NAMESPACE {

/// The gradients of token t's reads, which decay on their way from the chunk's beginning: d_reads become
/// those of r and kk; `flow` and `kk_flow` what r and kk take away, `flow` without what comes from token t's
/// own writes, which passes no decay.
template <bool kDelta, int kVectors, class Size>
HWY_INLINE void gradients_of_reads(Size N, const WkvBackwardScratch& x, int64_t t, int64_t j) {
  const Floats d;
  const int64_t padded = wkv_padded(N), second = kChunk<kDelta> * padded;
  const float *w = x.chunk.w + j, *k = x.chunk.writes + j;
  const float *dA_r = x.products + t * kWkvReads, *dA_kk = dA_r + kChunk<kDelta> * kWkvReads;
  float* dr = x.d_reads + t * padded + j;
  VF r[kVectors], kk[kVectors];
  for (int c = 0; c < kVectors; ++c) {
    r[c] = hn::Load(d, dr + c * kFloatLanes);
    if constexpr (kDelta) kk[c] = hn::Load(d, dr + second + c * kFloatLanes);
  }
  for (int64_t s = 0; s < t; ++s, w += padded, k += padded) {
    const VF rk = hn::Set(d, dA_r[s]);
    for (int c = 0; c < kVectors; ++c) {
      const int64_t n = c * kFloatLanes;
      const VF decay = hn::Load(d, w + n), key = hn::Load(d, k + n);
      r[c] = hn::MulAdd(r[c], decay, hn::Mul(rk, key));
      if constexpr (kDelta) {
        const VF b = hn::Load(d, k + second + n);
        r[c] = hn::MulAdd(hn::Set(d, dA_r[kChunk<kDelta> + s]), b, r[c]);
        kk[c] = hn::MulAdd(kk[c], decay, hn::Mul(hn::Set(d, dA_kk[s]), key));
        kk[c] = hn::MulAdd(hn::Set(d, dA_kk[kChunk<kDelta> + s]), b, kk[c]);
      }
    }
  }
  for (int c = 0; c < kVectors; ++c) {
    const int64_t n = c * kFloatLanes, i = t * padded + j + n;
    VF read = hn::Mul(r[c], hn::Load(d, w + n));
    hn::Store(hn::Mul(read, hn::Load(d, x.chunk.reads + i)), d, x.flow + i);
    read = hn::MulAdd(hn::Set(d, dA_r[t]), hn::Load(d, k + n), read);
    if constexpr (kDelta) {
      read = hn::MulAdd(hn::Set(d, dA_r[kChunk<kDelta> + t]), hn::Load(d, k + second + n), read);
      hn::Store(kk[c], d, dr + second + n);
      hn::Store(hn::Mul(kk[c], hn::Load(d, x.chunk.reads + second + i)), d, x.kk_flow + i);
    }
    hn::Store(read, d, dr + n);
  }
}

/// The gradients of token t's writes, which decay on their way from the chunk's end: d_writes become those of
/// k' and b; what the writes give is added to `flow`, which thus becomes what they give minus what r takes.
template <bool kDelta, int kVectors, class Size>
HWY_INLINE void gradients_of_writes(Size N, const WkvBackwardScratch& x, int64_t t, int64_t j) {
  const Floats d;
  const int64_t padded = wkv_padded(N), second = kChunk<kDelta> * padded;
  float* dk = x.d_writes + t * padded + j;
  VF k[kVectors], b[kVectors];
  for (int c = 0; c < kVectors; ++c) {
    k[c] = hn::Load(d, dk + c * kFloatLanes);
    if constexpr (kDelta) b[c] = hn::Load(d, dk + second + c * kFloatLanes);
  }
  for (int64_t s = kChunk<kDelta> - 1; s > t; --s) {
    const float *w = x.chunk.w + s * padded + j, *r = x.chunk.reads + s * padded + j;
    const float *dA_r = x.products + s * kWkvReads + t, *dA_kk = dA_r + kChunk<kDelta> * kWkvReads;
    for (int c = 0; c < kVectors; ++c) {
      const int64_t n = c * kFloatLanes;
      const VF decay = hn::Load(d, w + n), read = hn::Load(d, r + n);
      k[c] = hn::Mul(hn::MulAdd(hn::Set(d, dA_r[0]), read, k[c]), decay);
      if constexpr (kDelta) {
        const VF kk = hn::Load(d, r + second + n);
        k[c] = hn::MulAdd(hn::Set(d, dA_kk[0]), kk, k[c]);
        b[c] = hn::Mul(hn::MulAdd(hn::Set(d, dA_r[kChunk<kDelta>]), read, b[c]), decay);
        b[c] = hn::MulAdd(hn::Set(d, dA_kk[kChunk<kDelta>]), kk, b[c]);
      }
    }
  }
  const float* dA = x.products + t * kWkvReads + t;
  for (int c = 0; c < kVectors; ++c) {
    const int64_t n = c * kFloatLanes, i = t * padded + j + n;
    const VF read = hn::Load(d, x.chunk.reads + i);
    VF flow = hn::Sub(hn::Mul(k[c], hn::Load(d, x.chunk.writes + i)), hn::Load(d, x.flow + i));
    hn::Store(hn::MulAdd(hn::Set(d, dA[0]), read, k[c]), d, dk + n);
    if constexpr (kDelta) {
      flow = hn::MulAdd(b[c], hn::Load(d, x.chunk.writes + second + i), flow);
      hn::Store(hn::MulAdd(hn::Set(d, dA[kChunk<kDelta>]), read, b[c]), d, dk + second + n);
    }
    hn::Store(flow, d, x.flow + i);
  }
}

/// `flow` becomes the gradient of lw.
template <bool kDelta, class Size>
HWY_INLINE void gradient_of_decays(Size N, const WkvBackwardScratch& x) {
  const Floats d;
  const int64_t padded = wkv_padded(N);
  for (int64_t j = 0; j < padded; j += kFloatLanes) {
    VF sum = hn::Load(d, x.first_flow + j);
    for (int64_t i = j; i < kChunk<kDelta> * padded; i += padded) {
      if constexpr (kDelta) sum = hn::Sub(sum, hn::Load(d, x.kk_flow + i));
      const VF after = hn::Add(sum, hn::Load(d, x.flow + i));
      // Nothing flows through a decay to nothing, but the sum has rounding errors.
      const VF w = hn::Load(d, x.chunk.w + i);
      hn::Store(hn::IfThenZeroElse(hn::Eq(w, hn::Zero(d)), sum), d, x.flow + i);
      sum = after;
    }
  }
}

/// All of a chunk.
template <bool kDelta, class Size>
HWY_NOINLINE void gradients_of_vectors(Size N, const WkvBackwardScratch& x) {
  const int64_t padded = wkv_padded(N);
  const auto take = [&](auto vectors, int64_t& j) HWY_ATTR {
    constexpr int kVectors = decltype(vectors)::value;
    for (; j + kVectors * kFloatLanes <= padded; j += kVectors * kFloatLanes) {
      for (int64_t t = 0; t < kChunk<kDelta>; ++t) gradients_of_reads<kDelta, kVectors>(N, x, t, j);
      for (int64_t t = 0; t < kChunk<kDelta>; ++t) gradients_of_writes<kDelta, kVectors>(N, x, t, j);
    }
  };
  int64_t j = 0;
  take(std::integral_constant<int, 4>(), j);
  take(std::integral_constant<int, 2>(), j);
  take(std::integral_constant<int, 1>(), j);
  gradient_of_decays<kDelta>(N, x);
}

}  // namespace radlads::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard
