// Moves rows of floats into lanes and back: packed[n, row] <-> rows(row)[n], four channels at a time.
#if defined(RADLADS_KERNELS_CPU_TRANSPOSE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RADLADS_KERNELS_CPU_TRANSPOSE_INL_H_
#undef RADLADS_KERNELS_CPU_TRANSPOSE_INL_H_
#else
#define RADLADS_KERNELS_CPU_TRANSPOSE_INL_H_
#endif

#include <algorithm>
#include <cstdint>

#include "kernels/cpu/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace radlads::kernels::cpu::HWY_NAMESPACE {

inline constexpr int64_t kQuad = 4;  // floats in a block of 128 bits

#if HWY_TARGET != HWY_SCALAR

/// Transposes each 4 x 4 matrix that the vectors' 128-bit blocks make. Its own inverse.
HWY_INLINE void transpose_quads(VF (&v)[kQuad]) {
  const Floats d;
  const hn::RepartitionToWide<Floats> pairs;
  const auto low01 = hn::BitCast(pairs, hn::InterleaveLower(d, v[0], v[1]));
  const auto low23 = hn::BitCast(pairs, hn::InterleaveLower(d, v[2], v[3]));
  const auto high01 = hn::BitCast(pairs, hn::InterleaveUpper(d, v[0], v[1]));
  const auto high23 = hn::BitCast(pairs, hn::InterleaveUpper(d, v[2], v[3]));
  v[0] = hn::BitCast(d, hn::InterleaveLower(pairs, low01, low23));
  v[1] = hn::BitCast(d, hn::InterleaveUpper(pairs, low01, low23));
  v[2] = hn::BitCast(d, hn::InterleaveLower(pairs, high01, high23));
  v[3] = hn::BitCast(d, hn::InterleaveUpper(pairs, high01, high23));
}

/// Block b is the four floats at from[b * kQuad] + offset.
HWY_INLINE VF gather_quads(const float* const* from, int64_t offset) {
  const Floats d;
  constexpr int64_t kBlocks = kFloatLanes / kQuad;
  VF v = hn::LoadDup128(d, from[(kBlocks - 1) * kQuad] + offset);
#pragma GCC unroll 4
  for (int64_t b = kBlocks - 2; b >= 0; --b) {
    const auto below = hn::FirstN(d, static_cast<size_t>((b + 1) * kQuad));
    v = hn::IfThenElse(below, hn::LoadDup128(d, from[b * kQuad] + offset), v);
  }
  return v;
}

/// to[i][offset ... offset + 3] = block i / 4 of v[i % 4], for i < count.
HWY_INLINE void scatter_quads(const VF (&v)[kQuad], int64_t count, float* const* to, int64_t offset) {
  const hn::CappedTag<float, kQuad> quad;
  HWY_ALIGN float rows[kQuad * kFloatLanes];
#pragma GCC unroll 4
  for (int64_t i = 0; i < kQuad; ++i) hn::Store(v[i], Floats(), rows + i * kFloatLanes);
  for (int64_t i = 0; i < count; ++i) {
    hn::StoreU(hn::Load(quad, rows + (i % kQuad) * kFloatLanes + i / kQuad * kQuad), quad, to[i] + offset);
  }
}

/// sums[r] = the sum of the lanes of v[r].
HWY_INLINE void store_sums(VF (&v)[kQuad], float* sums) {
  const hn::CappedTag<float, kQuad> quad;
  transpose_quads(v);  // v[r] is now lane r of every block
  HWY_ALIGN float blocks[kFloatLanes];
  hn::Store(hn::Add(hn::Add(v[0], v[1]), hn::Add(v[2], v[3])), Floats(), blocks);
  auto sum = hn::Load(quad, blocks);
  for (int64_t b = kQuad; b < kFloatLanes; b += kQuad) sum = hn::Add(sum, hn::Load(quad, blocks + b));
  hn::StoreU(sum, quad, sums);
}

#else  // one lane: four channels of one row are four vectors already

HWY_INLINE void transpose_quads(VF (&)[kQuad]) {}

HWY_INLINE void scatter_quads(const VF (&v)[kQuad], int64_t, float* const* to, int64_t offset) {
  for (int64_t i = 0; i < kQuad; ++i) to[0][offset + i] = hn::GetLane(v[i]);
}

HWY_INLINE void store_sums(VF (&v)[kQuad], float* sums) {
  for (int64_t i = 0; i < kQuad; ++i) sums[i] = hn::GetLane(v[i]);
}

#endif

/// v[i] = channel n + i of the rows from[0 ... kFloatLanes - 1].
HWY_INLINE void load_columns(const float* const* from, int64_t n, VF (&v)[kQuad]) {
#if HWY_TARGET == HWY_SCALAR
  for (int64_t i = 0; i < kQuad; ++i) v[i] = hn::Set(Floats(), from[0][n + i]);
#else
#pragma GCC unroll 4
  for (int64_t i = 0; i < kQuad; ++i) v[i] = gather_quads(from + i, n);
  transpose_quads(v);
#endif
}

/// packed[n * stride + row] = scale * row_at(row)[n] for row < count, n < N. The rows are
/// filled up to whole vectors with copies of the last.
template <class RowAt>
HWY_INLINE void pack_columns(int64_t count, int64_t N, float scale, const RowAt& row_at, float* packed,
                             int64_t stride) {
  const Floats d;
  for (int64_t first = 0; first < count; first += kFloatLanes) {
    const float* from[kFloatLanes];
    for (int64_t i = 0; i < kFloatLanes; ++i) from[i] = row_at(std::min(first + i, count - 1));
    int64_t n = 0;
    for (; n + kQuad <= N; n += kQuad) {
      VF v[kQuad];
      load_columns(from, n, v);
      float* to = packed + n * stride + first;
      for (int64_t i = 0; i < kQuad; ++i) hn::Store(hn::Mul(v[i], hn::Set(d, scale)), d, to + i * stride);
    }
    for (; n < N; ++n) {
      for (int64_t i = 0; i < kFloatLanes; ++i) packed[n * stride + first + i] = scale * from[i][n];
    }
  }
}

/// row_at(row)[n] = scales[row] * packed[n * stride + row] for row < count, n < N. scales
/// is read up to whole vectors.
template <class RowAt>
HWY_INLINE void unpack_columns(int64_t count, int64_t N, const float* scales, const float* packed,
                               int64_t stride, const RowAt& row_at) {
  const Floats d;
  for (int64_t first = 0; first < count; first += kFloatLanes) {
    const VF scale = hn::Load(d, scales + first);
    const int64_t valid = std::min(kFloatLanes, count - first);
    float* to[kFloatLanes];
    for (int64_t i = 0; i < valid; ++i) to[i] = row_at(first + i);
    int64_t n = 0;
    for (; n + kQuad <= N; n += kQuad) {
      VF v[kQuad];
      for (int64_t i = 0; i < kQuad; ++i)
        v[i] = hn::Mul(hn::Load(d, packed + (n + i) * stride + first), scale);
      transpose_quads(v);
      scatter_quads(v, valid, to, n);
    }
    for (; n < N; ++n) {
      for (int64_t i = 0; i < valid; ++i) to[i][n] = scales[first + i] * packed[n * stride + first + i];
    }
  }
}

}  // namespace radlads::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard
