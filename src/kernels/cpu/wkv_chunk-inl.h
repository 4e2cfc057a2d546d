// The vectors of a chunk of tokens that all passes of wkv6 and wkv7 work with, computed once for each token
// and head.
#if defined(RADLADS_KERNELS_CPU_WKV_CHUNK_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RADLADS_KERNELS_CPU_WKV_CHUNK_INL_H_
#undef RADLADS_KERNELS_CPU_WKV_CHUNK_INL_H_
#else
#define RADLADS_KERNELS_CPU_WKV_CHUNK_INL_H_
#endif

#include <hwy/cache_control.h>

#include "kernels/cpu/wkv_matrix-inl.h"

HWY_BEFORE_NAMESPACE();
namespace radlads::kernels::cpu::HWY_NAMESPACE {

static_assert(kFloatLanes <= 16 && !HWY_HAVE_SCALABLE, "wkv_padded, and arrays of vectors");

/// The vectors of a token over the key channels, in this order in scratch memory; wkv6 has the first three.
/// In the backward pass their gradients lie in the same order.
enum WkvVector : int64_t { kR, kW, kK, kKk, kB };

template <bool kDelta>
constexpr int64_t kNumVectors = kDelta ? kWkvVectors : 3;

/// p[i ...] of a row of `size` floats; 0 past its end.
HWY_INLINE VF load_row(const float* p, int64_t i, int64_t size) {
  if (i + kFloatLanes <= size) return hn::LoadU(Floats(), p + i);
  return i < size ? load_part(p + i, size - i) : hn::Zero(Floats());
}

HWY_INLINE void store_row(VF x, float* p, int64_t i, int64_t size) {
  if (i + kFloatLanes <= size) return hn::StoreU(x, Floats(), p + i);
  if (i < size) store_part(x, p + i, size - i);
}

/// What the next chunk will touch. Its rows are fetched into the cache little by little while this chunk is
/// computed: the processor can wait for few lines at a time.
struct Prefetch {
  static constexpr int kMaxRows = 14;

  void add(const WkvRows<const float>& x) { rows[count++] = x; }
  void add(const WkvRows<float>& x) { add(WkvRows<const float>{x.first, x.stride}); }

  /// Token t's rows number part, part + parts, ...
  template <class Size>
  HWY_INLINE void fetch(Size N, int64_t t, int64_t part, int64_t parts) const {
    if (t < 0 || t >= length) return;
    for (int64_t i = part; i < count; i += parts) {
      for (int64_t n = 0; n < N; n += 16) hwy::Prefetch(rows[i][t] + n);
    }
  }

  int64_t length = 0;  // of the sequence
  int64_t count = 0;
  WkvRows<const float> rows[kMaxRows];
};

template <bool kDelta>
HWY_INLINE Prefetch prefetch_inputs(const WkvHead& head) {
  Prefetch prefetch{.length = head.length};
  for (const auto& x : {head.r, head.lw, head.k, head.v}) prefetch.add(x);
  if (kDelta) prefetch.add(head.kk), prefetch.add(head.a);
  return prefetch;
}

/// Where large results go past the caches: a store that fetches its line first takes twice the time.
class Streamer {
 public:
  /// `large`: the results do not fit the caches anyway.
  Streamer(bool large, int64_t N) : streams_(large && N % 16 == 0) {}

  /// Rows must begin at cache lines, or none are streamed.
  void add(const WkvRows<float>& x) {
    streams_ = streams_ && reinterpret_cast<uintptr_t>(x.first) % 64 == 0 && x.stride % 16 == 0;
  }

  bool streams() const { return streams_; }

  template <class Size>
  HWY_INLINE void store(Size N, VF x, float* row, int64_t n) const {
    streams_ ? hn::Stream(x, Floats(), row + n) : store_row(x, row, n, N);
  }

 private:
  bool streams_;
};

/// What `balance` multiplies a key with: 1 - w, and + a with the delta rule.
template <bool kDelta>
HWY_INLINE VF balance_factor(VF w, VF a) {
  const VF rest = hn::Sub(hn::Set(Floats(), 1.0f), w);
  return kDelta ? hn::Add(rest, a) : rest;
}

template <bool kDelta, class Size>
HWY_INLINE void prepare_token(Size N, const WkvHead& head, int64_t t, float* HWY_RESTRICT vectors) {
  const Floats d;
  const int64_t padded = wkv_padded(N);
  for (int64_t j = 0; j < padded; j += kFloatLanes) {
    const VF w = exp(load_row(head.lw[t], j, N));
    const VF a = kDelta ? load_row(head.a[t], j, N) : hn::Zero(d);
    VF k = load_row(head.k[t], j, N);
    if (head.balance) k = hn::Mul(k, balance_factor<kDelta>(w, a));
    hn::Store(hn::Mul(load_row(head.r[t], j, N), hn::Set(d, head.scale)), d, vectors + kR * padded + j);
    hn::Store(w, d, vectors + kW * padded + j);
    hn::Store(k, d, vectors + kK * padded + j);
    if constexpr (kDelta) {
      const VF kk = load_row(head.kk[t], j, N);
      hn::Store(kk, d, vectors + kKk * padded + j);
      hn::Store(hn::Mul(kk, a), d, vectors + kB * padded + j);
    }
  }
}

/// vectors [length][kNumVectors][padded N]: scale r, w, k', kk, b of the tokens from `begin` on.
template <bool kDelta, class Size>
HWY_INLINE void prepare_chunk(Size N, const WkvHead& head, int64_t begin, int64_t length,
                              float* HWY_RESTRICT vectors) {
  for (int64_t t = begin; t < begin + length; ++t) {
    prepare_token<kDelta>(N, head, t, vectors);
    vectors += kNumVectors<kDelta> * wkv_padded(N);
  }
}

}  // namespace radlads::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard
