#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/token_shift.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include "core/parallel.h"
#include "kernels/backends.h"
#include "kernels/cpu/row_sums.h"
#include "kernels/cpu/shifted_rows-inl.h"
#include "kernels/cpu/simd-inl.h"
#include "kernels/cpu/threading.h"

HWY_BEFORE_NAMESPACE();
namespace radlads::kernels::cpu::HWY_NAMESPACE {

void token_shift_range(const TokenShift& args, int64_t begin, int64_t end) {
  const int64_t C = args.source.C, size = args.source.M * C;
  for_each_shifted_row(args.source, args.x, begin, end, [&](const ShiftedRow& row) HWY_ATTR {
    const float* x = args.x + row.m * C;
    float* y = args.y + row.m * C;
    for (const float* mu : args.mu) {  // outermost: many streams at a time are slower
      for_each_vector(0, C, [&](auto load, auto store) HWY_ATTR {
        store(hn::MulAdd(shift_difference(load, row.previous, x), load(mu), load(x)), y);
      });
      y += size;
    }
  });
}

/// d_mu, [K,C], is accumulated.
void token_shift_backward_rows(const TokenShiftBackward& args, int64_t begin, int64_t end, float* d_mu) {
  const int64_t C = args.source.C;
  for_each_shifted_row(args.source, args.x, begin, end, [&](const ShiftedRow& row) HWY_ATTR {
    const float* x = args.x + row.m * C;
    float* dx = args.dx + row.m * C;
    for (size_t i = 0; i < args.mu.size(); ++i) {
      const float* mu = args.mu[i];
      const float* d_y = args.d_y[i] + row.m * C;
      float* d_mu_i = d_mu + static_cast<int64_t>(i) * C;
      for_each_vector(0, C, [&](auto load, auto store) HWY_ATTR {
        const VF upstream = load(d_y), m = load(mu);
        store(hn::MulAdd(upstream, shift_difference(load, row.previous, x), load(d_mu_i)), d_mu_i);
        VF through = hn::NegMulAdd(upstream, m, upstream);
        if (!row.is_last) through = hn::MulAdd(load(d_y + C), m, through);
        store(hn::Add(load(dx), through), dx);
      });
    }
  });
}

}  // namespace radlads::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace radlads::kernels::cpu {

HWY_EXPORT(token_shift_range);
HWY_EXPORT(token_shift_backward_rows);

void token_shift(Context& context, const TokenShift& args) {
  const auto [M, C] = std::pair(args.source.M, args.source.C);
  parallel_ranges(M, threads_for(context, std::ssize(args.mu) * M * C), [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(token_shift_range)(args, begin, end);
  });
}

void token_shift_backward(Context& context, const TokenShiftBackward& args) {
  sum_over_rows(context, args.source.M, args.source.C, args.d_mu,
                [&](int64_t begin, int64_t end, float* d_mu) {
                  HWY_DYNAMIC_DISPATCH(token_shift_backward_rows)(args, begin, end, d_mu);
                });
}

}  // namespace radlads::kernels::cpu
#endif  // HWY_ONCE
