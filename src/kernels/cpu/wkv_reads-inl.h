// Within a chunk a read sees a write through the decays between them: the products
//
//   A[t,s] = sum_j x_t[j] y_s[j] w_{s+1}[j] ... w_t[j]
//
// of a read x of token t with a write y of token s (for kk, which reads before its own token decays the
// state, up to w_{t-1}). The read is taken backwards through the tokens and decays on its way: every factor
// is at most 1, so that no decay is too strong, and what is left at the chunk's beginning is the read of its
// first state.
#if defined(RADLADS_KERNELS_CPU_WKV_READS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RADLADS_KERNELS_CPU_WKV_READS_INL_H_
#undef RADLADS_KERNELS_CPU_WKV_READS_INL_H_
#else
#define RADLADS_KERNELS_CPU_WKV_READS_INL_H_
#endif

#include "kernels/cpu/wkv_chunk-inl.h"

HWY_BEFORE_NAMESPACE();
namespace radlads::kernels::cpu::HWY_NAMESPACE {

/// The vectors of a read that are kept in registers at once.
inline constexpr int kReadVectors = HWY_TARGET == HWY_AVX3 ? 8 : 4;

/// Sums of products whose lanes are still to be summed; those of later key channels are added to the first.
template <bool kFirst>
HWY_INLINE void keep_partial(VF sum, float* partial) {
  hn::Store(kFirst ? sum : hn::Add(sum, hn::Load(Floats(), partial)), Floats(), partial);
}

/// The reads of token t, on kVectors vectors of key channels from j on.
template <bool kDelta, bool kFirst, int kVectors, class Size>
HWY_INLINE void decay_reads(Size N, const WkvChunkScratch& chunk, int64_t t, int64_t j) {
  const Floats d;
  const int64_t padded = wkv_padded(N), second = kChunk<kDelta> * padded;
  const int64_t stride = wkv_row_stride(N);
  constexpr int64_t kPartials = kChunk<kDelta> * kFloatLanes;
  const float* w = chunk.w + t * padded + j;
  const float* k = chunk.writes + t * padded + j;
  float* partial = chunk.partial + t * kFloatLanes;
  VF r[kVectors], kk[kVectors];
  VF rk = hn::Zero(d), rb = hn::Zero(d);
  for (int c = 0; c < kVectors; ++c) {
    const int64_t n = c * kFloatLanes;
    r[c] = hn::Load(d, chunk.reads + t * padded + j + n);
    if constexpr (kDelta) kk[c] = hn::Load(d, chunk.reads + second + t * padded + j + n);
    rk = hn::MulAdd(r[c], hn::Load(d, k + n), rk);
    if constexpr (kDelta) rb = hn::MulAdd(r[c], hn::Load(d, k + second + n), rb);
    r[c] = hn::Mul(r[c], hn::Load(d, w + n));
  }
  keep_partial<kFirst>(rk, partial);
  if constexpr (kDelta) keep_partial<kFirst>(rb, partial + kPartials);
  for (int64_t s = t - 1; s >= 0; --s) {
    w -= padded, k -= padded, partial -= kFloatLanes;
    rk = rb = hn::Zero(d);
    VF kkk = rk, kkb = rk;
    for (int c = 0; c < kVectors; ++c) {
      const int64_t n = c * kFloatLanes;
      const VF key = hn::Load(d, k + n), decay = hn::Load(d, w + n);
      rk = hn::MulAdd(r[c], key, rk);
      if constexpr (kDelta) {
        const VF b = hn::Load(d, k + second + n);
        rb = hn::MulAdd(r[c], b, rb);
        kkk = hn::MulAdd(kk[c], key, kkk);
        kkb = hn::MulAdd(kk[c], b, kkb);
        kk[c] = hn::Mul(kk[c], decay);
      }
      r[c] = hn::Mul(r[c], decay);
    }
    keep_partial<kFirst>(rk, partial);
    if constexpr (kDelta) {
      keep_partial<kFirst>(rb, partial + kPartials);
      keep_partial<kFirst>(kkk, partial + 2 * kPartials);
      keep_partial<kFirst>(kkb, partial + 3 * kPartials);
    }
  }
  for (int c = 0; c < kVectors; ++c) {
    const int64_t n = j + c * kFloatLanes;
    hn::Store(r[c], d, chunk.left + t * stride + n);
    if constexpr (kDelta) hn::Store(kk[c], d, chunk.left + (kChunk<kDelta> + t) * stride + n);
  }
}

/// Sums the lanes of token t's products into its rows of `left`.
template <bool kDelta, class Size>
HWY_INLINE void sum_products(Size N, const WkvChunkScratch& chunk, int64_t t) {
  const int64_t padded = wkv_padded(N), stride = wkv_row_stride(N);
  for (int64_t read = 0; read < (kDelta ? 2 : 1); ++read) {
    for (int64_t write = 0; write < (kDelta ? 2 : 1); ++write) {
      const float* partial = chunk.partial + (2 * read + write) * kChunk<kDelta> * kFloatLanes;
      float* sums = chunk.left + (read * kChunk<kDelta> + t) * stride + padded + write * kChunk<kDelta>;
      for (int64_t s = 0; s <= t; s += 8) {
        VF x[8];
        HWY_UNROLL(8)
        for (int64_t i = 0; i < 8; ++i) x[i] = hn::Load(Floats(), partial + (s + i) * kFloatLanes);
        sums_of_lanes(x, sums + s);
      }
    }
  }
}

/// A token has no products with later ones.
HWY_INLINE void clear_partials(const WkvChunkScratch& chunk) {
  for (int64_t i = 0; i < WkvChunkScratch::kPartialFloats; i += kFloatLanes)
    hn::Store(hn::Zero(Floats()), Floats(), chunk.partial + i);
}

/// The rows of `left` of token t; a chunk's tokens come in order.
template <bool kDelta, class Size>
HWY_NOINLINE void read_token(Size N, const WkvChunkScratch& chunk, int64_t t) {
  const int64_t padded = wkv_padded(N);
  if (t == 0) clear_partials(chunk);
  int64_t j = 0;
  const auto take = [&](auto vectors) HWY_ATTR {
    constexpr int kVectors = decltype(vectors)::value;
    for (; j + kVectors * kFloatLanes <= padded; j += kVectors * kFloatLanes) {
      j == 0 ? decay_reads<kDelta, true, kVectors>(N, chunk, t, j)
             : decay_reads<kDelta, false, kVectors>(N, chunk, t, j);
    }
  };
  if constexpr (kReadVectors == 8) take(std::integral_constant<int, 8>());
  take(std::integral_constant<int, 4>());
  take(std::integral_constant<int, 2>());
  take(std::integral_constant<int, 1>());
  sum_products<kDelta>(N, chunk, t);
}

/// The products with later writes, which read_token leaves as they are. Once, before the first chunk.
HWY_INLINE void clear_products(int64_t N, const WkvChunkScratch& chunk) {
  std::fill_n(chunk.left, kWkvReads * wkv_row_stride(N), 0.0f);
}

}  // namespace radlads::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard
