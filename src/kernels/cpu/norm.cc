#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/norm.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include "core/parallel.h"
#include "kernels/backends.h"
#include "kernels/cpu/row_sums.h"
#include "kernels/cpu/simd-inl.h"
#include "kernels/cpu/threading.h"

HWY_BEFORE_NAMESPACE();
namespace radlads::kernels::cpu::HWY_NAMESPACE {

/// sum = x + delta for one row (sum = x without delta). Returns the sum of its squares.
HWY_INLINE float add_residual(int64_t width, const float* x, const float* delta, float* sum) {
  VF squares = hn::Zero(Floats());
  for_each_vector(0, width, [&](auto load, auto store) HWY_ATTR {
    VF s = load(x);
    if (delta != nullptr) {
      s = hn::Add(s, load(delta));
      store(s, sum);
    }
    squares = hn::MulAdd(s, s, squares);
  });
  return sum_lanes(squares);
}

void rms_norm_forward_range(const RmsNormForward& args, int64_t begin, int64_t end) {
  const int64_t width = args.width;
  for (int64_t m = begin; m < end; ++m) {
    const float* x = args.x + m * width;
    const float* delta = args.delta == nullptr ? nullptr : args.delta + m * width;
    float* sum = args.delta == nullptr ? nullptr : args.sum + m * width;
    const float squares = add_residual(width, x, delta, sum);
    const float rstd = 1.0f / std::sqrt(squares / static_cast<float>(width) + args.eps);
    if (args.rstd != nullptr) args.rstd[m] = rstd;
    const float* normalized = args.delta == nullptr ? x : sum;
    float* y = args.y + m * width;
    for_each_vector(0, width, [&](auto load, auto store) HWY_ATTR {
      store(hn::Mul(hn::Mul(load(normalized), hn::Set(Floats(), rstd)), load(args.weight)), y);
    });
  }
}

/// d_weight, [width], is accumulated; null if not wanted.
void rms_norm_backward_rows(const RmsNormBackward& args, int64_t begin, int64_t end, float* d_weight) {
  const Floats d;
  const int64_t width = args.width;
  for (int64_t m = begin; m < end; ++m) {
    const float* sum = args.sum + m * width;
    const float* d_y = args.d_y + m * width;
    const float* d_sum = args.d_sum == nullptr ? nullptr : args.d_sum + m * width;
    float* dx = args.dx == nullptr ? nullptr : args.dx + m * width;
    VF dots = hn::Zero(d);
    for_each_vector(0, width, [&](auto load, auto) HWY_ATTR {
      dots = hn::MulAdd(hn::Mul(load(d_y), load(args.weight)), load(sum), dots);
    });
    const VF rstd = hn::Set(d, args.rstd[m]);
    // The part of the gradient along the row itself, which the normalization removes.
    const VF along = hn::Mul(hn::Mul(rstd, rstd), hn::Set(d, -sum_lanes(dots) / static_cast<float>(width)));
    for_each_vector(0, width, [&](auto load, auto store) HWY_ATTR {
      const VF s = load(sum), upstream = load(d_y);
      if (d_weight != nullptr) store(hn::MulAdd(hn::Mul(upstream, s), rstd, load(d_weight)), d_weight);
      if (dx == nullptr) return;
      const VF through = hn::Mul(rstd, hn::MulAdd(s, along, hn::Mul(upstream, load(args.weight))));
      store(d_sum == nullptr ? through : hn::Add(through, load(d_sum)), dx);
    });
  }
}

struct Moments {
  VF normalize(VF x) const { return hn::Mul(hn::Sub(x, mean), rstd); }

  VF mean, rstd;  // in every lane
};

HWY_INLINE Moments moments(const float* x, int64_t N, float eps) {
  const Floats d;
  VF sum = hn::Zero(d);
  for_each_vector(0, N, [&](auto load, auto) HWY_ATTR { sum = hn::Add(sum, load(x)); });
  const VF mean = hn::Set(d, sum_lanes(sum) / static_cast<float>(N));
  VF squares = hn::Zero(d);
  for_each_vector(0, N, mean, [&](auto load, auto) HWY_ATTR {
    const VF centered = hn::Sub(load(x), mean);
    squares = hn::MulAdd(centered, centered, squares);
  });
  return {mean, hn::Set(d, 1.0f / std::sqrt(sum_lanes(squares) / static_cast<float>(N) + eps))};
}

void group_norm_forward_range(const GroupNormForward& args, int64_t begin, int64_t end) {
  for (int64_t m = begin; m < end; ++m) {
    for (int64_t h = 0; h < args.H; ++h) {
      const int64_t row = (m * args.H + h) * args.N;
      const float* x = args.x + row;
      if (args.delta != nullptr) {
        add_residual(args.N, x, args.delta + row, args.sum + row);
        x = args.sum + row;
      }
      const float* weight = args.weight + h * args.N;
      const float* bias = args.bias + h * args.N;
      float* y = args.y + row;
      const Moments of = moments(x, args.N, args.eps);
      for_each_vector(0, args.N, [&](auto load, auto store) HWY_ATTR {
        store(hn::MulAdd(of.normalize(load(x)), load(weight), load(bias)), y);
      });
    }
  }
}

/// Head h of row m. d_weight and d_bias, [N], are accumulated.
HWY_INLINE void group_norm_backward_head(const GroupNormBackward& args, int64_t m, int64_t h, float* d_weight,
                                         float* d_bias) {
  const Floats d;
  const int64_t N = args.N, row = (m * args.H + h) * N;
  const float* x = args.x + row;
  const float* weight = args.weight + h * N;
  const float* d_y = args.d_y + row;
  float* dx = args.dx + row;
  const Moments of = moments(x, N, args.eps);
  VF sum = hn::Zero(d),
     dots = hn::Zero(d);  // of the gradient of the normalized row: itself, and with that row
  for_each_vector(0, N, [&](auto load, auto) HWY_ATTR {
    const VF g = hn::Mul(load(d_y), load(weight));
    sum = hn::Add(sum, g);
    dots = hn::MulAdd(g, of.normalize(load(x)), dots);
  });
  const VF mean_g = hn::Set(d, sum_lanes(sum) / static_cast<float>(N));
  const VF along = hn::Set(d, sum_lanes(dots) / static_cast<float>(N));
  for_each_vector(0, N, [&](auto load, auto store) HWY_ATTR {
    const VF upstream = load(d_y), normalized = of.normalize(load(x));
    store(hn::MulAdd(upstream, normalized, load(d_weight)), d_weight);
    store(hn::Add(upstream, load(d_bias)), d_bias);
    const VF g = hn::Sub(hn::Mul(upstream, load(weight)), mean_g);
    store(hn::Mul(of.rstd, hn::NegMulAdd(normalized, along, g)), dx);
  });
}

/// d_affine is [2,H,N], the gradients of weight and bias; it is accumulated.
void group_norm_backward_rows(const GroupNormBackward& args, int64_t begin, int64_t end, float* d_affine) {
  for (int64_t m = begin; m < end; ++m) {
    for (int64_t h = 0; h < args.H; ++h) {
      group_norm_backward_head(args, m, h, d_affine + h * args.N, d_affine + (args.H + h) * args.N);
    }
  }
}

}  // namespace radlads::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace radlads::kernels::cpu {

HWY_EXPORT(rms_norm_forward_range);
HWY_EXPORT(rms_norm_backward_rows);
HWY_EXPORT(group_norm_forward_range);
HWY_EXPORT(group_norm_backward_rows);

void rms_norm_forward(Context& context, const RmsNormForward& args) {
  parallel_ranges(args.rows, threads_for(context, args.rows * args.width), [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(rms_norm_forward_range)(args, begin, end);
  });
}

void rms_norm_backward(Context& context, const RmsNormBackward& args) {
  const auto rows = HWY_DYNAMIC_DISPATCH(rms_norm_backward_rows);
  if (args.d_weight == nullptr) {
    parallel_ranges(args.rows, threads_for(context, args.rows * args.width),
                    [&](int64_t begin, int64_t end) { rows(args, begin, end, nullptr); });
  } else {
    sum_over_rows(context, args.rows, args.width, {args.d_weight},
                  [&](int64_t begin, int64_t end, float* d_weight) { rows(args, begin, end, d_weight); });
  }
}

void group_norm_forward(Context& context, const GroupNormForward& args) {
  parallel_ranges(args.rows, threads_for(context, args.rows * args.H * args.N),
                  [&](int64_t begin, int64_t end) {
                    HWY_DYNAMIC_DISPATCH(group_norm_forward_range)(args, begin, end);
                  });
}

void group_norm_backward(Context& context, const GroupNormBackward& args) {
  sum_over_rows(context, args.rows, args.H * args.N, {args.d_weight, args.d_bias},
                [&](int64_t begin, int64_t end, float* d_affine) {
                  HWY_DYNAMIC_DISPATCH(group_norm_backward_rows)(args, begin, end, d_affine);
                });
}

}  // namespace radlads::kernels::cpu
#endif  // HWY_ONCE
