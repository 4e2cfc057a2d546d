#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/bonus.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include "core/parallel.h"
#include "kernels/backends.h"
#include "kernels/cpu/row_sums.h"
#include "kernels/cpu/simd-inl.h"
#include "kernels/cpu/threading.h"

HWY_BEFORE_NAMESPACE();
namespace radlads::kernels::cpu::HWY_NAMESPACE {

void bonus_range(const Bonus& args, int64_t begin, int64_t end) {
  const int64_t N = args.N;
  for (int64_t m = begin; m < end; ++m) {
    for (int64_t h = 0; h < args.H; ++h) {
      const int64_t row = (m * args.H + h) * N;
      const float *r = args.r + row, *k = args.k + row, *v = args.v + row, *x = args.x + row;
      const float* r_k = args.r_k + h * N;
      float* y = args.y + row;
      VF products = hn::Zero(Floats());
      for_each_vector(0, N, [&](auto load, auto) HWY_ATTR {
        products = hn::MulAdd(hn::Mul(load(r), load(k)), load(r_k), products);
      });
      const VF s = hn::Set(Floats(), sum_lanes(products));
      for_each_vector(0, N,
                      [&](auto load, auto store) HWY_ATTR { store(hn::MulAdd(s, load(v), load(x)), y); });
    }
  }
}

/// With s = sum_n r k r_k and ds = sum_n d_y v: dv = s d_y, and r, k, r_k share ds. d_r_k, [H,N], is
/// accumulated.
void bonus_backward_rows(const BonusBackward& args, int64_t begin, int64_t end, float* d_r_k) {
  const int64_t N = args.N;
  for (int64_t m = begin; m < end; ++m) {
    for (int64_t h = 0; h < args.H; ++h) {
      const int64_t row = (m * args.H + h) * N;
      const float *r = args.r + row, *k = args.k + row, *v = args.v + row, *d_y = args.d_y + row;
      const float* r_k = args.r_k + h * N;
      float *dr = args.dr + row, *dk = args.dk + row, *dv = args.dv + row, *d_weight = d_r_k + h * N;
      VF products = hn::Zero(Floats()), d_products = hn::Zero(Floats());
      for_each_vector(0, N, [&](auto load, auto) HWY_ATTR {
        products = hn::MulAdd(hn::Mul(load(r), load(k)), load(r_k), products);
        d_products = hn::MulAdd(load(d_y), load(v), d_products);
      });
      const VF s = hn::Set(Floats(), sum_lanes(products)), ds = hn::Set(Floats(), sum_lanes(d_products));
      for_each_vector(0, N, [&](auto load, auto store) HWY_ATTR {
        const VF r_n = load(r), k_n = load(k), weight = load(r_k);
        store(hn::Mul(s, load(d_y)), dv);
        store(hn::Mul(ds, hn::Mul(k_n, weight)), dr);
        store(hn::Mul(ds, hn::Mul(r_n, weight)), dk);
        store(hn::MulAdd(ds, hn::Mul(r_n, k_n), load(d_weight)), d_weight);
      });
    }
  }
}

}  // namespace radlads::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace radlads::kernels::cpu {

HWY_EXPORT(bonus_range);
HWY_EXPORT(bonus_backward_rows);

void bonus(Context& context, const Bonus& args) {
  parallel_ranges(args.M, threads_for(context, 3 * args.M * args.H * args.N),
                  [&](int64_t begin, int64_t end) {
                    HWY_DYNAMIC_DISPATCH(bonus_range)
                    (args, begin, end);
                  });
}

void bonus_backward(Context& context, const BonusBackward& args) {
  sum_over_rows(context, args.M, args.H * args.N, {args.d_r_k},
                [&](int64_t begin, int64_t end, float* d_r_k) {
                  HWY_DYNAMIC_DISPATCH(bonus_backward_rows)(args, begin, end, d_r_k);
                });
}

}  // namespace radlads::kernels::cpu
#endif  // HWY_ONCE
