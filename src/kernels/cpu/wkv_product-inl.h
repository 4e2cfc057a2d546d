// The matrix products of a chunk, and the triangular systems of the delta rule. All matrices are padded to
// whole tiles.
#if defined(RADLADS_KERNELS_CPU_WKV_PRODUCT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RADLADS_KERNELS_CPU_WKV_PRODUCT_INL_H_
#undef RADLADS_KERNELS_CPU_WKV_PRODUCT_INL_H_
#else
#define RADLADS_KERNELS_CPU_WKV_PRODUCT_INL_H_
#endif

#include "kernels/cpu/tile_product-inl.h"
#include "kernels/cpu/wkv_chunk-inl.h"

HWY_BEFORE_NAMESPACE();
namespace radlads::kernels::cpu::HWY_NAMESPACE {

/// finish(i, c, sum) for the vectors of A B: `rows` rows i (a multiple of 8), columns c ...
template <class Finish>
HWY_INLINE void padded_product(int64_t rows, WkvColumns columns, int64_t depth, Strided A, const float* B,
                               int64_t B_stride, const Finish& finish) {
  int64_t column = columns.begin;
  const auto take = [&](auto vectors) HWY_ATTR {
    constexpr int64_t kVectors = decltype(vectors)::value;
    for (; column + kVectors * kFloatLanes <= columns.end; column += kVectors * kFloatLanes) {
      for (int64_t i = 0; i < rows; i += kTileRows) {
        tile_product<kTileRows, kVectors, false>(
            depth, {A.data + i * A.row, A.row, A.column}, B + column, B_stride, kFloatLanes,
            [&](int64_t r, int64_t c, VF sum) HWY_ATTR { finish(i + r, column + c * kFloatLanes, sum); });
      }
    }
  };
  take(std::integral_constant<int64_t, 2>());
  take(std::integral_constant<int64_t, 1>());
}

/// On kVectors vectors of columns, all rows in registers. Row i of x is at x + i * x_stride.
template <bool kBackwards, int kVectors>
HWY_INLINE void solve_columns(const float* A, int64_t A_stride, float* x, int64_t x_stride) {
  const Floats d;
  constexpr int64_t kSize = kChunk<true>;
  const auto at = [](int64_t i) { return kBackwards ? kSize - 1 - i : i; };
  VF rows[kSize][kVectors];
#pragma GCC unroll 8
  for (int64_t i = 0; i < kSize; ++i) {
    for (int c = 0; c < kVectors; ++c) rows[i][c] = hn::Load(d, x + at(i) * x_stride + c * kFloatLanes);
  }
#pragma GCC unroll 8
  for (int64_t s = 0; s < kSize; ++s) {
    for (int c = 0; c < kVectors; ++c) {
      rows[s][c] = hn::Neg(rows[s][c]);
      hn::Store(rows[s][c], d, x + at(s) * x_stride + c * kFloatLanes);
    }
#pragma GCC unroll 8
    for (int64_t i = s + 1; i < kSize; ++i) {
      const VF factor = hn::Set(d, A[at(i) * A_stride + at(s)]);
      for (int c = 0; c < kVectors; ++c) rows[i][c] = hn::MulAdd(factor, rows[s][c], rows[i][c]);
    }
  }
}

/// x [kChunk,columns] becomes the solution u of u_i = -(x_i + sum_s A[i,s] u_s), over the s before i;
/// kBackwards: over those after i. A[i,s] is at A + i * A_stride + s.
template <bool kBackwards>
HWY_NOINLINE void solve(const float* A, int64_t A_stride, WkvColumns columns, float* x, int64_t x_stride) {
  constexpr int kVectors = HWY_TARGET == HWY_AVX3 ? 2 : 1;
  int64_t column = 0;
  for (; column + kVectors * kFloatLanes <= columns.end; column += kVectors * kFloatLanes)
    solve_columns<kBackwards, kVectors>(A, A_stride, x + column, x_stride);
  for (; column < columns.end; column += kFloatLanes)
    solve_columns<kBackwards, 1>(A, A_stride, x + column, x_stride);
}

}  // namespace radlads::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard
