#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/rope.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include "core/parallel.h"
#include "kernels/backends.h"
#include "kernels/cpu/rope-inl.h"
#include "kernels/cpu/simd-inl.h"
#include "kernels/cpu/threading.h"

HWY_BEFORE_NAMESPACE();
namespace radlads::kernels::cpu::HWY_NAMESPACE {

void rope_range(const Rope& args, int64_t begin, int64_t end) {
  const int64_t half = args.N / 2;
  const Rotation rotation = args.inverse ? Rotation::kInverse : Rotation::kForward;
  for (int64_t m = begin; m < end; ++m) {
    for (int64_t h = 0; h < args.heads; ++h) {
      const int64_t head = (m * args.heads + h) * args.N;
      rotate_head(rotation, half, args.cos + m * half, args.sin + m * half, args.x + head, args.y + head);
    }
  }
}

}  // namespace radlads::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace radlads::kernels::cpu {

HWY_EXPORT(rope_range);

void rope_table(Context& context, std::span<const double> frequencies, std::span<const int64_t> positions,
                float* cos, float* sin) {
  constexpr int64_t kMinAngles =
      512;  // a sine and a cosine cost about as much as 50 floats of an elementwise kernel
  const auto half = static_cast<int64_t>(frequencies.size()), rows = static_cast<int64_t>(positions.size());
  parallel_ranges(rows, threads_for(context, rows * half, kMinAngles), [&](int64_t begin, int64_t end) {
    for (int64_t m = begin; m < end; ++m) {
      for (int64_t i = 0; i < half; ++i) {
        const double angle = static_cast<double>(positions[m]) * frequencies[i];
        cos[m * half + i] = static_cast<float>(std::cos(angle));
        sin[m * half + i] = static_cast<float>(std::sin(angle));
      }
    }
  });
}

void rope(Context& context, const Rope& args) {
  parallel_ranges(args.rows, threads_for(context, args.rows * args.heads * args.N),
                  [&](int64_t begin, int64_t end) {
                    HWY_DYNAMIC_DISPATCH(rope_range)
                    (args, begin, end);
                  });
}

}  // namespace radlads::kernels::cpu
#endif  // HWY_ONCE
