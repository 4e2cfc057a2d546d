// The register-blocked product that attention is made of: C[i, c] = sum_p A[i, p] B[p, c], with the columns
// in lanes. A is read one float at a time and broadcast, so both of its strides are free (it may be a
// transposed view); B's rows are contiguous. What is done with the sums is up to the caller.
#if defined(RADLADS_KERNELS_CPU_TILE_PRODUCT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RADLADS_KERNELS_CPU_TILE_PRODUCT_INL_H_
#undef RADLADS_KERNELS_CPU_TILE_PRODUCT_INL_H_
#else
#define RADLADS_KERNELS_CPU_TILE_PRODUCT_INL_H_
#endif

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "kernels/cpu/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace radlads::kernels::cpu::HWY_NAMESPACE {

/// Accumulators fill the registers: 8 rows x 3 vectors of the 32 that AVX-512 has, 4 x 3 of 16 elsewhere.
inline constexpr int64_t kTileRows = HWY_TARGET == HWY_AVX3 ? 8 : 4;
inline constexpr int64_t kTileVectors = 3;

struct Strided {
  const float* data = nullptr;
  int64_t row = 0, column = 0;  // strides in floats
};

/// kRows x kVectors sums, then finish(i, c, sum): c counts vectors. In the last vector, B is read up to
/// `last_lanes` floats when kPartial. Unrolled by the compiler, early: later the sums would go through the
/// stack.
template <int64_t kRows, int64_t kVectors, bool kPartial, class Finish>
HWY_INLINE void tile_product(int64_t depth, Strided A, const float* B, int64_t B_stride, int64_t last_lanes,
                             const Finish& finish) {
  const Floats d;
  VF sums[kRows][kVectors];
#pragma GCC unroll 8
  for (int64_t i = 0; i < kRows; ++i) {
#pragma GCC unroll 3
    for (int64_t c = 0; c < kVectors; ++c) sums[i][c] = hn::Zero(d);
  }
  for (int64_t p = 0; p < depth; ++p) {
    VF b[kVectors];
#pragma GCC unroll 3
    for (int64_t c = 0; c < kVectors; ++c) {
      const float* from = B + p * B_stride + c * kFloatLanes;
      b[c] = kPartial && c == kVectors - 1 ? load_part(from, last_lanes) : hn::LoadU(d, from);
    }
#pragma GCC unroll 8
    for (int64_t i = 0; i < kRows; ++i) {
      const VF a = hn::Set(d, A.data[i * A.row + p * A.column]);
#pragma GCC unroll 3
      for (int64_t c = 0; c < kVectors; ++c) sums[i][c] = hn::MulAdd(a, b[c], sums[i][c]);
    }
  }
#pragma GCC unroll 8
  for (int64_t i = 0; i < kRows; ++i) {
#pragma GCC unroll 3
    for (int64_t c = 0; c < kVectors; ++c) finish(i, c, sums[i][c]);
  }
}

/// All rows of A, one to kTileVectors vectors of columns.
template <int64_t kVectors, bool kPartial, class Finish>
HWY_INLINE void column_product(int64_t rows, int64_t depth, Strided A, const float* B, int64_t B_stride,
                               int64_t last_lanes, const Finish& finish) {
  int64_t i = 0;
  const auto run = [&](auto tile_rows) HWY_ATTR {
    constexpr int64_t kRows = decltype(tile_rows)::value;
    for (; i + kRows <= rows; i += kRows) {
      tile_product<kRows, kVectors, kPartial>(
          depth, {A.data + i * A.row, A.row, A.column}, B, B_stride, last_lanes,
          [&](int64_t r, int64_t c, VF sum) HWY_ATTR { finish(i + r, c, sum); });
    }
  };
  run(std::integral_constant<int64_t, kTileRows>());
  run(std::integral_constant<int64_t, kTileRows / 2>());
  if constexpr (kTileRows == 8) run(std::integral_constant<int64_t, 2>());
  run(std::integral_constant<int64_t, 1>());
}

/// All rows of A and `columns` columns of B. Calls finish(i, column, valid, sum) with the
/// number of lanes that are columns; nothing after the last column is read.
template <class Finish>
HWY_INLINE void matrix_product(int64_t rows, int64_t columns, int64_t depth, Strided A, const float* B,
                               int64_t B_stride, const Finish& finish) {
  int64_t column = 0;
  const auto run = [&](auto num_vectors, auto is_partial) HWY_ATTR {
    constexpr int64_t kVectors = decltype(num_vectors)::value;
    const int64_t last_lanes = std::min(kFloatLanes, columns - column - (kVectors - 1) * kFloatLanes);
    column_product<kVectors, decltype(is_partial)::value>(
        rows, depth, A, B + column, B_stride, last_lanes, [&](int64_t i, int64_t c, VF sum) HWY_ATTR {
          finish(i, column + c * kFloatLanes, c == kVectors - 1 ? last_lanes : kFloatLanes, sum);
        });
    column += kVectors * kFloatLanes;
  };
  constexpr std::integral_constant<int64_t, 3> three;
  constexpr std::integral_constant<int64_t, 2> two;
  constexpr std::integral_constant<int64_t, 1> one;
  constexpr std::bool_constant<false> whole;
  while (columns - column >= 5 * kFloatLanes) run(three, whole);  // 4 are 2 + 2
  if ((columns - column) / kFloatLanes == 3) run(three, whole);
  while (columns - column >= 2 * kFloatLanes) run(two, whole);
  if (columns - column >= kFloatLanes) run(one, whole);
  if constexpr (kFloatLanes > 1) {  // else every vector is whole
    if (columns > column) run(one, std::bool_constant<true>());
  }
}

}  // namespace radlads::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard
