// Dot products of four rows of a matrix with a few vectors at once: the core of matrix-vector products that
// read the matrix once (decoding). Every load of a row serves all vectors, every load of a vector four rows.
#if defined(RADLADS_KERNELS_CPU_DOT_TILE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RADLADS_KERNELS_CPU_DOT_TILE_INL_H_
#undef RADLADS_KERNELS_CPU_DOT_TILE_INL_H_
#else
#define RADLADS_KERNELS_CPU_DOT_TILE_INL_H_
#endif

#include <cstdint>

#include "kernels/cpu/simd-inl.h"
#include "kernels/cpu/transpose-inl.h"

HWY_BEFORE_NAMESPACE();
namespace radlads::kernels::cpu::HWY_NAMESPACE {

/// The maximum number of vectors in a tile: 4 x 4 sums where there are 32 registers, 4 x 2 where there
/// are 16.
inline constexpr int64_t kDotVectors = HWY_TARGET == HWY_AVX3 ? 4 : 2;

/// sums[c * sums_stride + r] = sum_i row(r)[i] x[c * x_stride + i] for r < 4, c < kVectors, i < n.
/// load_row(r, i, count) gives a vector of row r from i on, of which the first `count` lanes count (the
/// others must be 0).
template <int64_t kVectors, class LoadRow>
HWY_INLINE void dot_tile(int64_t n, const LoadRow& load_row, const float* x, int64_t x_stride, float* sums,
                         int64_t sums_stride) {
  const Floats d;
  VF products[kVectors][kQuad];
#pragma GCC unroll 4
  for (int64_t c = 0; c < kVectors; ++c) {
#pragma GCC unroll 4
    for (int64_t r = 0; r < kQuad; ++r) products[c][r] = hn::Zero(d);
  }
  const auto add = [&](const auto& load_x, int64_t i, int64_t count) HWY_ATTR {
    VF rows[kQuad];
#pragma GCC unroll 4
    for (int64_t r = 0; r < kQuad; ++r) rows[r] = load_row(r, i, count);
#pragma GCC unroll 4
    for (int64_t c = 0; c < kVectors; ++c) {
      const VF v = load_x(x + c * x_stride + i);
#pragma GCC unroll 4
      for (int64_t r = 0; r < kQuad; ++r) products[c][r] = hn::MulAdd(rows[r], v, products[c][r]);
    }
  };
  int64_t i = 0;
  for (; i + kFloatLanes <= n; i += kFloatLanes)
    add([&](const float* p) HWY_ATTR { return hn::LoadU(d, p); }, i, kFloatLanes);
  if (i < n) add([&](const float* p) HWY_ATTR { return load_part(p, n - i); }, i, n - i);
#pragma GCC unroll 4
  for (int64_t c = 0; c < kVectors; ++c) store_sums(products[c], sums + c * sums_stride);
}

}  // namespace radlads::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard
