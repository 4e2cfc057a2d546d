#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/linear_few_rows.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include "core/parallel.h"
#include "kernels/cpu/dot_tile-inl.h"
#include "kernels/cpu/linear_rows.h"
#include "kernels/cpu/simd-inl.h"
#include "kernels/cpu/threading.h"
#include "kernels/cpu/weights-inl.h"

HWY_BEFORE_NAMESPACE();
namespace radlads::kernels::cpu::HWY_NAMESPACE {

/// Writes kRows rows of x times four rows of W, from output o on.
template <int64_t kRows, class W>
HWY_INLINE void linear_tile(const Linear& args, const W& weights, const float* x, int64_t m, int64_t o) {
  int64_t rows[kQuad];
  for (int64_t r = 0; r < kQuad; ++r) rows[r] = std::min(o + r, args.out - 1) * args.in;
  float sums[kRows][kQuad];
  dot_tile<kRows>(
      args.in, [&](int64_t r, int64_t i, int64_t count) HWY_ATTR { return weights.load(rows[r] + i, count); },
      x + m * args.in, args.in, sums[0], kQuad);
  for (int64_t c = 0; c < kRows; ++c) {
    float* y = args.y + (m + c) * args.out + o;
    for (int64_t r = 0; r < std::min(kQuad, args.out - o); ++r) {
      const float bias = args.bias == nullptr ? 0.0f : args.bias[o + r];
      y[r] = (args.accumulate ? y[r] : 0.0f) + (sums[c][r] + bias);
    }
  }
}

/// Outputs kQuad * begin ... kQuad * end - 1 of all rows. x is args.x, or its rounded copy.
void linear_few_rows_range(const Linear& args, const float* x, int64_t begin, int64_t end) {
  const Rounding rounding = args.compute == Compute::kBFloat16 ? Rounding::kBFloat16 : Rounding::kNone;
  with_weights({args.W, args.dtype}, rounding, [&](const auto& weights) HWY_ATTR {
    for (int64_t o = begin * kQuad; o < std::min(end * kQuad, args.out); o += kQuad) {
      int64_t m = 0;
      for (; m + kDotVectors <= args.M; m += kDotVectors) linear_tile<kDotVectors>(args, weights, x, m, o);
      if constexpr (kDotVectors == 4) {
        if (args.M - m == 3) linear_tile<3>(args, weights, x, m, o);
        if (args.M - m == 2) linear_tile<2>(args, weights, x, m, o);
      }
      if (args.M - m == 1) linear_tile<1>(args, weights, x, m, o);
    }
  });
}

int64_t linear_tile_outputs() { return kQuad; }

}  // namespace radlads::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace radlads::kernels::cpu {

HWY_EXPORT(linear_few_rows_range);
HWY_EXPORT(linear_tile_outputs);

void linear_few_rows(Context& context, const Linear& args) {
  const float* x = args.x;
  if (args.compute == Compute::kBFloat16) {
    float* rounded = context.workspace.floats(static_cast<size_t>(args.M * args.in)).data();
    widen_weights(context, {x}, Rounding::kBFloat16, 0, args.M * args.in, rounded);
    x = rounded;
  }
  const int64_t tile = HWY_DYNAMIC_DISPATCH(linear_tile_outputs)();
  parallel_ranges((args.out + tile - 1) / tile, threads_for(context, args.in * args.out),
                  [&](int64_t begin, int64_t end) {
                    HWY_DYNAMIC_DISPATCH(linear_few_rows_range)(args, x, begin, end);
                  });
}

}  // namespace radlads::kernels::cpu
#endif  // HWY_ONCE
