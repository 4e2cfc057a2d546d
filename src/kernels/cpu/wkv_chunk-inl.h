// The vectors of a chunk of tokens that all passes of wkv6 and wkv7 work with, computed once for each token
// and head; how rows of time tensors are read, written and prefetched.
#if defined(RADLADS_KERNELS_CPU_WKV_CHUNK_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RADLADS_KERNELS_CPU_WKV_CHUNK_INL_H_
#undef RADLADS_KERNELS_CPU_WKV_CHUNK_INL_H_
#else
#define RADLADS_KERNELS_CPU_WKV_CHUNK_INL_H_
#endif

#include <type_traits>

#include <hwy/cache_control.h>

#include "core/half.h"
#include "kernels/cpu/weights-inl.h"
#include "kernels/cpu/wkv_matrix-inl.h"

HWY_BEFORE_NAMESPACE();
namespace radlads::kernels::cpu::HWY_NAMESPACE {

static_assert(kFloatLanes <= 16 && !HWY_HAVE_SCALABLE, "wkv_padded, and arrays of vectors");

/// Tokens of a chunk.
template <bool kDelta>
inline constexpr int64_t kChunk = kDelta ? kWkvReads / 2 : kWkvReads;

/// Elements i ... of a row of `size`; 0 past its end. kF32: it is known to be float32.
template <bool kF32 = false>
HWY_INLINE VF load_row(const WkvRowsIn& rows, int64_t t, int64_t i, int64_t size) {
  const int64_t count = std::min(size - i, kFloatLanes);
  if (count <= 0) return hn::Zero(Floats());
  if (!kF32 && rows.bf16) {
    const auto* row = reinterpret_cast<const hwy::bfloat16_t*>(rows[t]);
    return Weights<hwy::bfloat16_t, Rounding::kNone>{row}.load(i, count);
  }
  return load_up_to(reinterpret_cast<const float*>(rows[t]) + i, count);
}

HWY_INLINE void store_row(VF x, const WkvRowsOut& rows, int64_t t, int64_t i, int64_t size) {
  const int64_t count = std::min(size - i, kFloatLanes);
  if (count <= 0) return;
  if (!rows.bf16) return store_up_to(x, reinterpret_cast<float*>(rows[t]) + i, count);
  HWY_ALIGN float lanes[kFloatLanes];
  hn::Store(x, Floats(), lanes);
  for (int64_t lane = 0; lane < count; ++lane)
    reinterpret_cast<uint16_t*>(rows[t])[i + lane] = bf16_from_float(lanes[lane]);
}

/// What the next chunk needs is prefetched little by little while this one is computed: its rows are in as
/// many pages as there are tokens, and the processor can wait for only a few lines at a time.
class Prefetch {
 public:
  explicit Prefetch(int64_t length) : length_(length) {}

  template <class Byte>
  void add(const WkvRows<Byte>& x) {
    rows_[count_++] = {x.first, x.stride, x.bf16};
  }

  /// The rows of token t, if the sequence has it.
  HWY_INLINE void fetch_token(int64_t N, int64_t t) const {
    if (t < 0 || t >= length_) return;
    for (int64_t i = 0; i < count_; ++i) fetch(rows_[i][t], N * (rows_[i].bf16 ? 2 : 4));
  }

  static HWY_INLINE void fetch(const void* memory, int64_t bytes) {
    constexpr int kSecondLevel = 2;  // the first has too few buffers for lines in flight
    for (int64_t i = 0; i < bytes; i += 64)
      __builtin_prefetch(static_cast<const char*>(memory) + i, 0, kSecondLevel);
  }

 private:
  static constexpr int kMaxRows = 14;

  int64_t length_;
  int64_t count_ = 0;
  WkvRowsIn rows_[kMaxRows];
};

template <bool kDelta>
HWY_INLINE Prefetch prefetch_inputs(const WkvHead& head) {
  Prefetch prefetch(head.length);
  for (const auto& x : {head.r, head.lw, head.k, head.v}) prefetch.add(x);
  if (kDelta) prefetch.add(head.kk), prefetch.add(head.a);
  return prefetch;
}

/// Where large results bypass the caches: a store that fetches its line first takes twice the time.
class Streamer {
 public:
  /// `large`: the results do not fit in the caches anyway.
  Streamer(bool large, int64_t N) : streams_(large && N % 16 == 0) {}

  /// Rows must begin at cache lines, or none are streamed.
  void add(const WkvRowsOut& x) {
    streams_ = streams_ && !x.bf16 && reinterpret_cast<uintptr_t>(x.first) % 64 == 0 && x.stride % 64 == 0;
  }

  bool streams() const { return streams_; }

  template <class Size>
  HWY_INLINE void store(Size N, VF x, const WkvRowsOut& rows, int64_t t, int64_t n) const {
    streams_ ? hn::Stream(x, Floats(), reinterpret_cast<float*>(rows[t]) + n) : store_row(x, rows, t, n, N);
  }

 private:
  bool streams_;
};

/// What `balance` multiplies a key by: 1 - w, and + a with the delta rule.
template <bool kDelta>
HWY_INLINE VF balance_factor(VF w, VF a) {
  const VF rest = hn::Sub(hn::Set(Floats(), 1.0f), w);
  return kDelta ? hn::Add(rest, a) : rest;
}

/// Token t of the sequence as row `row` of the chunk: w, reads and writes.
template <bool kDelta, bool kF32, class Size>
HWY_INLINE void load_token(Size N, const WkvHead& head, int64_t t, int64_t row, const WkvChunkScratch& to) {
  const Floats d;
  const int64_t padded = wkv_padded(N), second = kChunk<kDelta> * padded;
  for (int64_t j = 0; j < padded; j += kFloatLanes) {
    const int64_t i = row * padded + j;
    const VF w = exp(load_row<kF32>(head.lw, t, j, N));
    const VF a = kDelta ? load_row<kF32>(head.a, t, j, N) : hn::Zero(d);
    VF k = load_row<kF32>(head.k, t, j, N);
    if (head.balance) k = hn::Mul(k, balance_factor<kDelta>(w, a));
    hn::Store(w, d, to.w + i);
    hn::Store(hn::Mul(load_row<kF32>(head.r, t, j, N), hn::Set(d, head.scale)), d, to.reads + i);
    hn::Store(k, d, to.writes + i);
    if constexpr (kDelta) {
      const VF kk = load_row<kF32>(head.kk, t, j, N);
      hn::Store(kk, d, to.reads + second + i);
      hn::Store(hn::Mul(kk, a), d, to.writes + second + i);
    }
  }
}

/// Row `row` of the chunk for a token that does not exist: it reads and writes nothing.
template <bool kDelta, class Size>
HWY_INLINE void load_no_token(Size N, int64_t row, const WkvChunkScratch& to) {
  const int64_t padded = wkv_padded(N);
  std::fill_n(to.w + row * padded, padded, 1.0f);
  for (int64_t i = row; i < kWkvReads; i += kChunk<kDelta>) {
    std::fill_n(to.reads + i * padded, padded, 0.0f);
    std::fill_n(to.writes + i * padded, padded, 0.0f);
  }
}

/// Tokens t ... of the sequence as rows [kChunk<kDelta>,padded N] starting at `to`; 0 past its end.
template <bool kDelta, class Size>
HWY_INLINE void load_rows(Size N, const WkvRowsIn& rows, int64_t t, int64_t length, float* to) {
  const int64_t padded = wkv_padded(N);
  for (int64_t row = 0; row < kChunk<kDelta>; ++row, to += padded) {
    if (row >= length) {
      std::fill_n(to, padded, 0.0f);
      continue;
    }
    for (int64_t j = 0; j < padded; j += kFloatLanes)
      hn::Store(load_row(rows, t + row, j, N), Floats(), to + j);
  }
}

/// The writes as they are at the chunk's end, and the decay of the chunk.
template <bool kDelta, class Size>
HWY_INLINE void decay_writes(Size N, const WkvChunkScratch& chunk) {
  const Floats d;
  const int64_t padded = wkv_padded(N), stride = wkv_row_stride(N);
  for (int64_t j = 0; j < padded; j += kFloatLanes) {
    VF decay = hn::Set(d, 1.0f);
    for (int64_t t = kChunk<kDelta> - 1; t >= 0; --t) {
      for (int64_t row = t; row < kWkvReads; row += kChunk<kDelta>) {
        hn::Store(hn::Mul(hn::Load(d, chunk.writes + row * padded + j), decay), d,
                  chunk.late + row * stride + j);
      }
      decay = hn::Mul(decay, hn::Load(d, chunk.w + t * padded + j));
    }
    hn::Store(decay, d, chunk.decay + j);
  }
}

/// w, reads and writes of the `length` tokens from t on.
template <bool kDelta, class Size>
HWY_NOINLINE void load_tokens(Size N, const WkvHead& head, int64_t t, int64_t length,
                              const WkvChunkScratch& chunk) {
  for (int64_t row = 0; row < length; ++row) {
    head.is_f32 ? load_token<kDelta, true>(N, head, t + row, row, chunk)
                : load_token<kDelta, false>(N, head, t + row, row, chunk);
  }
  for (int64_t row = length; row < kChunk<kDelta>; ++row) load_no_token<kDelta>(N, row, chunk);
}

/// The same, and the decayed writes: all but `left`.
template <bool kDelta, class Size>
HWY_INLINE void load_chunk(Size N, const WkvHead& head, int64_t t, int64_t length,
                           const WkvChunkScratch& chunk) {
  load_tokens<kDelta>(N, head, t, length, chunk);
  decay_writes<kDelta>(N, chunk);
}

}  // namespace radlads::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard
