#include "kernels/bonus.h"

#include <vector>

#include <gtest/gtest.h>

#include "kernels/each_target.h"
#include "kernels/gating.h"
#include "kernels/output.h"
#include "kernels/reference.h"
#include "support/expect_close.h"
#include "support/numeric_gradient.h"
#include "support/random_floats.h"

namespace radlads::kernels {
namespace {

constexpr double kBound = 2e-6;
constexpr double kGradientBound = 5e-6;

/// y = x + (sum_n r k r_k) v by the definition.
Doubles bonus(int64_t N, const Doubles& r, const Doubles& k, const Doubles& v, const Doubles& r_k,
              const Values& x) {
  Doubles y(r.size());
  for (size_t head = 0; head < r.size(); head += static_cast<size_t>(N)) {
    double s = 0;
    for (size_t i = head; i < head + static_cast<size_t>(N); ++i) s += r[i] * k[i] * r_k[i % r_k.size()];
    for (size_t i = head; i < head + static_cast<size_t>(N); ++i) y[i] = x[i] + s * v[i];
  }
  return y;
}

TEST(Bonus, ForwardAndBackwardEqualTheFormula) {
  for_each_target([] {
    for (const int64_t N : {1, 7, 16, 40}) {
      const int64_t M = 5, H = 3, size = M * H * N;
      const Values r = random_floats("r", size), k = random_floats("k", size), v = random_floats("v", size),
                   r_k = random_floats("r_k", H * N), x = random_floats("x", size),
                   d_y = random_floats("d_y", size);
      Output y(size), in_place(x), dr(size), dk(size), dv(size), d_r_k(H * N);
      Context context;
      bonus(context, {M, H, N, r.data(), k.data(), v.data(), r_k.data(), x.data(), y.data()});
      bonus(context, {M, H, N, r.data(), k.data(), v.data(), r_k.data(), in_place.data(), in_place.data()});
      bonus_backward(context, {M, H, N, r.data(), k.data(), v.data(), r_k.data(), d_y.data(), dr.data(),
                               dk.data(), dv.data(), d_r_k.data()});
      Doubles r64 = doubles(r), k64 = doubles(k), v64 = doubles(v), r_k64 = doubles(r_k);
      EXPECT_TRUE(is_close(y.values(), floats(bonus(N, r64, k64, v64, r_k64, x)), kBound));
      EXPECT_EQ(in_place.values(), y.values());
      const auto loss = [&] { return dot(bonus(N, r64, k64, v64, r_k64, x), d_y); };
      EXPECT_TRUE(is_close(dr.values(), numeric_gradient(r64, loss), kGradientBound));
      EXPECT_TRUE(is_close(dk.values(), numeric_gradient(k64, loss), kGradientBound));
      EXPECT_TRUE(is_close(dv.values(), numeric_gradient(v64, loss), kGradientBound));
      EXPECT_TRUE(is_close(d_r_k.values(), numeric_gradient(r_k64, loss), kGradientBound));
    }
  });
}

TEST(SquaredRelu, NegativesAreZero) {
  for_each_target([] {
    const Values x = {-2, -0.5f, 0, 0.5f, 3};
    Output y(std::ssize(x));
    Context context;
    activate(context, {std::ssize(x), Activation::kSquaredRelu, x.data(), y.data()});
    EXPECT_EQ(y.values(), (Values{0, 0, 0, 0.25f, 9}));
  });
}

}  // namespace
}  // namespace radlads::kernels
