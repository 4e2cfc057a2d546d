// Transposes and copies of the states of wkv6 and wkv7, and sums of the lanes of eight vectors at once.
#if defined(RADLADS_KERNELS_CPU_WKV_MATRIX_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RADLADS_KERNELS_CPU_WKV_MATRIX_INL_H_
#undef RADLADS_KERNELS_CPU_WKV_MATRIX_INL_H_
#else
#define RADLADS_KERNELS_CPU_WKV_MATRIX_INL_H_
#endif

#include <algorithm>

#include "kernels/cpu/simd-inl.h"
#include "kernels/cpu/wkv.h"

HWY_BEFORE_NAMESPACE();
namespace radlads::kernels::cpu::HWY_NAMESPACE {

/// Vectors whose lanes are summed at once, and rows of a transposed tile; N is a multiple.
inline constexpr int64_t kWkvRows = 8;

/// Up to eight floats: a row of a tile, or the sums of eight vectors.
using TileTag = hn::CappedTag<float, kWkvRows>;
using TileVector = hn::Vec<TileTag>;
inline constexpr int64_t kTileLanes = hn::MaxLanes(TileTag());

#if HWY_TARGET == HWY_SCALAR

HWY_INLINE void transpose(const float* from, int64_t from_stride, int64_t rows, int64_t columns, float* to,
                          int64_t to_stride) {
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t j = 0; j < columns; ++j) to[j * to_stride + i] = from[i * from_stride + j];
  }
}

HWY_INLINE void sums_of_lanes(const VF (&x)[kWkvRows], float* sums) {
  for (int64_t i = 0; i < kWkvRows; ++i) sums[i] = hn::GetLane(x[i]);
}

#else

/// columns[k] = element k of each 128-bit block of the four rows from `from` on.
HWY_INLINE void transpose_blocks(const float* from, int64_t stride, TileVector (&columns)[4]) {
  const TileTag d;
  const TileVector r0 = hn::LoadU(d, from), r1 = hn::LoadU(d, from + stride);
  const TileVector r2 = hn::LoadU(d, from + 2 * stride), r3 = hn::LoadU(d, from + 3 * stride);
  const TileVector low02 = hn::InterleaveLower(d, r0, r2), low13 = hn::InterleaveLower(d, r1, r3);
  const TileVector high02 = hn::InterleaveUpper(d, r0, r2), high13 = hn::InterleaveUpper(d, r1, r3);
  columns[0] = hn::InterleaveLower(d, low02, low13);
  columns[1] = hn::InterleaveUpper(d, low02, low13);
  columns[2] = hn::InterleaveLower(d, high02, high13);
  columns[3] = hn::InterleaveUpper(d, high02, high13);
}

/// to[j][i] = from[i][j] for i < rows and j < columns, both multiples of 8.
HWY_INLINE void transpose(const float* from, int64_t from_stride, int64_t rows, int64_t columns, float* to,
                          int64_t to_stride) {
  const TileTag d;
  for (int64_t i = 0; i < rows; i += 8) {
    for (int64_t j = 0; j < columns; j += kTileLanes) {
      TileVector first[4], last[4];
      transpose_blocks(from + i * from_stride + j, from_stride, first);
      transpose_blocks(from + (i + 4) * from_stride + j, from_stride, last);
      float* column = to + j * to_stride + i;
      HWY_UNROLL(4)
      for (int64_t k = 0; k < 4; ++k, column += to_stride) {
        if constexpr (kTileLanes == 4) {
          hn::StoreU(first[k], d, column);
          hn::StoreU(last[k], d, column + 4);
        } else {
          hn::StoreU(hn::ConcatLowerLower(d, last[k], first[k]), d, column);
          hn::StoreU(hn::ConcatUpperUpper(d, last[k], first[k]), d, column + 4 * to_stride);
        }
      }
    }
  }
}

/// In each 128-bit block [a0 + a2, b0 + b2, a1 + a3, b1 + b3].
HWY_INLINE VF add_interleaved(VF a, VF b) {
  const Floats d;
  return hn::Add(hn::InterleaveLower(d, a, b), hn::InterleaveUpper(d, a, b));
}

/// Adds up the 128-bit blocks of `low` to sums[0 .. 3] and those of `high` to sums[4 .. 7].
template <class D, class V>
HWY_INLINE void store_sums_of_blocks(D d, V low, V high, float* sums) {
  if constexpr (hn::MaxLanes(D()) == 4) {
    hn::StoreU(low, d, sums);
    hn::StoreU(high, d, sums + 4);
  } else if constexpr (hn::MaxLanes(D()) == 8) {
    hn::StoreU(hn::Add(hn::ConcatLowerLower(d, high, low), hn::ConcatUpperUpper(d, high, low)), d, sums);
  } else {
    const hn::Half<D> half;
    store_sums_of_blocks(half, hn::Add(hn::LowerHalf(half, low), hn::UpperHalf(half, low)),
                         hn::Add(hn::LowerHalf(half, high), hn::UpperHalf(half, high)), sums);
  }
}

/// sums[i] = the sum of the lanes of x[i]. A transpose with additions: three operations a vector.
HWY_INLINE void sums_of_lanes(const VF (&x)[kWkvRows], float* sums) {
  const VF low = add_interleaved(add_interleaved(x[0], x[2]), add_interleaved(x[1], x[3]));
  const VF high = add_interleaved(add_interleaved(x[4], x[6]), add_interleaved(x[5], x[7]));
  store_sums_of_blocks(Floats(), low, high, sums);
}

#endif  // HWY_TARGET == HWY_SCALAR

HWY_INLINE void copy_rows(const float* from, int64_t from_stride, int64_t rows, int64_t columns, float* to,
                          int64_t to_stride) {
  for (int64_t i = 0; i < rows; ++i) std::copy_n(from + i * from_stride, columns, to + i * to_stride);
}

}  // namespace radlads::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard
