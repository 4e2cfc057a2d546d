#include "kernels/norm.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "kernels/each_target.h"
#include "kernels/output.h"
#include "kernels/reference.h"
#include "support/expect_close.h"
#include "support/numeric_gradient.h"
#include "support/random_floats.h"

namespace radlads::kernels {
namespace {

constexpr double kBound = 2e-6;
constexpr double kGradientBound = 5e-6;
constexpr float kEps = 1e-3f;  // large enough to show if left out

Doubles rms_norm(const Doubles& x, const Doubles& weight) {
  Doubles y(x.size());
  const size_t width = weight.size();
  for (size_t row = 0; row < x.size(); row += width) {
    double squares = 0;
    for (size_t i = 0; i < width; ++i) squares += x[row + i] * x[row + i];
    const double rstd = 1 / std::sqrt(squares / static_cast<double>(width) + kEps);
    for (size_t i = 0; i < width; ++i) y[row + i] = x[row + i] * rstd * weight[i];
  }
  return y;
}

/// weight and bias are [H,N].
Doubles group_norm(const Doubles& x, const Doubles& weight, const Doubles& bias, int64_t N) {
  Doubles y(x.size());
  for (size_t head = 0; head < x.size(); head += N) {
    double mean = 0, variance = 0;
    for (int64_t n = 0; n < N; ++n) mean += x[head + n] / static_cast<double>(N);
    for (int64_t n = 0; n < N; ++n)
      variance += (x[head + n] - mean) * (x[head + n] - mean) / static_cast<double>(N);
    for (int64_t n = 0; n < N; ++n) {
      const size_t channel = (head + n) % weight.size();
      y[head + n] = (x[head + n] - mean) / std::sqrt(variance + kEps) * weight[channel] + bias[channel];
    }
  }
  return y;
}

Values sum_of(const Values& a, const Values& b) {
  Values sum = a;
  for (size_t i = 0; i < a.size(); ++i) sum[i] += b[i];
  return sum;
}

constexpr int64_t kWidths[] = {1, 7, 15, 16, 17, 33, 192};

TEST(RmsNorm, ForwardEqualsTheFormula) {
  for_each_target([] {
    for (const int64_t width : kWidths) {
      const int64_t rows = 3;
      const Values x = random_floats("x", rows * width), weight = random_floats("weight", width);
      Output y(rows * width), rstd(rows), in_place(x);
      Context context;
      rms_norm_forward(context,
                       {rows, width, kEps, x.data(), nullptr, weight.data(), nullptr, y.data(), rstd.data()});
      rms_norm_forward(
          context, {rows, width, kEps, in_place.data(), nullptr, weight.data(), nullptr, in_place.data()});
      EXPECT_TRUE(is_close(y.values(), floats(rms_norm(doubles(x), doubles(weight))), kBound));
      EXPECT_EQ(in_place.values(), y.values());
      const Doubles ones(width, 1.0), normalized = rms_norm(doubles(x), ones);
      for (int64_t m = 0; m < rows; ++m)
        EXPECT_NEAR(rstd.values()[m] * x[m * width] / normalized[m * width], 1, kBound);
    }
  });
}

TEST(RmsNorm, ResidualConnectionIsAddedFirst) {
  for_each_target([] {
    for (const int64_t width : kWidths) {
      const int64_t size = 3 * width;
      const Values x = random_floats("x", size), delta = random_floats("delta", size);
      const Values weight = random_floats("weight", width), want = sum_of(x, delta);
      Output sum(size), y(size), in_place(x), y_in_place(size);
      Context context;
      rms_norm_forward(context,
                       {3, width, kEps, x.data(), delta.data(), weight.data(), sum.data(), y.data()});
      rms_norm_forward(context, {3, width, kEps, in_place.data(), delta.data(), weight.data(),
                                 in_place.data(), y_in_place.data()});
      EXPECT_EQ(sum.values(), want);
      EXPECT_EQ(in_place.values(), want);
      EXPECT_TRUE(is_close(y.values(), floats(rms_norm(doubles(want), doubles(weight))), kBound));
      EXPECT_EQ(y_in_place.values(), y.values());
    }
  });
}

/// The arguments of a backward pass on random tensors, [rows,width].
struct RmsNormCase {
  RmsNormCase(int64_t num_rows, int64_t row_width)
      : rows(num_rows), width(row_width), y(rows * width), rstd(rows) {
    Context context;
    rms_norm_forward(context,
                     {rows, width, kEps, x.data(), nullptr, weight.data(), nullptr, y.data(), rstd.data()});
  }

  RmsNormBackward backward() {
    return {rows, width, x.data(), weight.data(), rstd.data(), d_y.data(), nullptr, nullptr, nullptr};
  }

  int64_t rows, width;
  Values x = random_floats("x", rows*width), weight = random_floats("weight", width);
  Values d_y = random_floats("d_y", rows*width), d_sum = random_floats("d_sum", rows*width);
  Output y, rstd;
};

TEST(RmsNorm, BackwardEqualsFiniteDifferences) {
  for_each_target([] {
    for (const int64_t width : {2, 7, 16, 19, 33}) {
      RmsNormCase c(3, width);
      Doubles x = doubles(c.x), weight = doubles(c.weight);
      const auto loss = [&] { return dot(rms_norm(x, weight), c.d_y); };
      const Values dx_want = numeric_gradient(x, loss), d_weight_want = numeric_gradient(weight, loss);
      Output dx(3 * width), d_weight(width), dx_residual(3 * width);
      Context context;
      RmsNormBackward args = c.backward();
      args.dx = dx.data(), args.d_weight = d_weight.data();
      rms_norm_backward(context, args);
      EXPECT_TRUE(is_close(dx.values(), dx_want, kGradientBound)) << width;
      EXPECT_TRUE(is_close(d_weight.values(), d_weight_want, kGradientBound)) << width;
      args.dx = dx_residual.data(), args.d_sum = c.d_sum.data();
      rms_norm_backward(context, args);
      EXPECT_TRUE(is_close(dx_residual.values(), sum_of(dx_want, c.d_sum), kGradientBound)) << width;
    }
  });
}

TEST(RmsNorm, BackwardWorksInPlaceAndWithoutTheUnwanted) {
  for_each_target([] {
    RmsNormCase c(5, 19);
    Output dx(5 * 19), d_weight(19), over_d_y(c.d_y), over_d_sum(c.d_sum), only_dx(5 * 19), only_d_weight(19);
    Context context;
    const auto run = [&](const float* d_y, const float* d_sum, float* to_dx, float* to_weight) {
      RmsNormBackward args = c.backward();
      args.d_y = d_y, args.d_sum = d_sum, args.dx = to_dx, args.d_weight = to_weight;
      rms_norm_backward(context, args);
    };
    run(c.d_y.data(), c.d_sum.data(), dx.data(), d_weight.data());
    run(c.d_y.data(), c.d_sum.data(), only_dx.data(), nullptr);
    run(c.d_y.data(), c.d_sum.data(), nullptr, only_d_weight.data());
    EXPECT_EQ(only_dx.values(), dx.values());
    EXPECT_EQ(only_d_weight.values(), d_weight.values());
    run(over_d_y.data(), c.d_sum.data(), over_d_y.data(), only_d_weight.data());
    EXPECT_EQ(over_d_y.values(), dx.values());
    EXPECT_EQ(only_d_weight.values(), d_weight.values());
    run(c.d_y.data(), over_d_sum.data(), over_d_sum.data(), nullptr);
    EXPECT_EQ(over_d_sum.values(), dx.values());
  });
}

TEST(RmsNorm, ManyRowsAreTheirSumWhateverTheThreads) {
  const int64_t rows = 1003, width = 131;
  RmsNormCase c(rows, width);
  Output dx(rows * width), d_weight(width);
  for (const int threads : {1, 2, 5}) {
    Output dx_again(rows * width), d_weight_again(width), y(rows * width);
    Context context{.num_threads = threads};
    rms_norm_forward(context, {rows, width, kEps, c.x.data(), nullptr, c.weight.data(), nullptr, y.data()});
    EXPECT_EQ(y.values(), c.y.values());
    RmsNormBackward args = c.backward();
    args.dx = threads == 1 ? dx.data() : dx_again.data();
    args.d_weight = threads == 1 ? d_weight.data() : d_weight_again.data();
    rms_norm_backward(context, args);
    if (threads == 1) continue;
    EXPECT_EQ(dx_again.values(), dx.values());
    EXPECT_EQ(d_weight_again.values(), d_weight.values());
  }
  Doubles sum(width);
  for (int64_t m = 0; m < rows; ++m) {
    Output row_dx(width), row_d_weight(width);
    Context context;
    rms_norm_backward(context, {1, width, c.x.data() + m * width, c.weight.data(), c.rstd.data() + m,
                                c.d_y.data() + m * width, nullptr, row_dx.data(), row_d_weight.data()});
    ASSERT_EQ(row_dx.values(), Values(dx.data() + m * width, dx.data() + (m + 1) * width));
    for (int64_t i = 0; i < width; ++i) sum[i] += row_d_weight.values()[i];
  }
  EXPECT_TRUE(is_close(d_weight.values(), floats(sum), kGradientBound));
}

TEST(RmsNorm, NoRowsGiveAZeroGradient) {
  const Values weight(5, 1.0f);
  Output d_weight(5);
  Context context;
  rms_norm_forward(context, {.rows = 0, .width = 5, .weight = weight.data()});
  rms_norm_backward(context, {.rows = 0, .width = 5, .weight = weight.data(), .d_weight = d_weight.data()});
  EXPECT_EQ(d_weight.values(), Values(5));
}

TEST(GroupNorm, ForwardEqualsTheFormula) {
  for_each_target([] {
    for (const int64_t N : {1, 7, 8, 16, 24, 32, 80}) {
      const int64_t rows = 3, H = 2, size = rows * H * N;
      Values x = random_floats("x", size);
      for (float& value : x) value += 30;  // a mean far from 0 must not cost precision
      const Values weight = random_floats("weight", H * N), bias = random_floats("bias", H * N);
      Output y(size), in_place(x);
      Context context;
      group_norm_forward(context, {rows, H, N, kEps, x.data(), weight.data(), bias.data(), y.data()});
      group_norm_forward(context,
                         {rows, H, N, kEps, in_place.data(), weight.data(), bias.data(), in_place.data()});
      const Values delta(x.size(), 0.25f);
      Values plus(x.begin(), x.end());
      for (size_t i = 0; i < plus.size(); ++i) plus[i] += delta[i];
      Output sum(x), of_sum(std::ssize(x));
      group_norm_forward(context, {.rows = rows,
                                   .H = H,
                                   .N = N,
                                   .eps = kEps,
                                   .x = sum.data(),
                                   .weight = weight.data(),
                                   .bias = bias.data(),
                                   .y = of_sum.data(),
                                   .delta = delta.data(),
                                   .sum = sum.data()});
      EXPECT_EQ(sum.values(), plus);
      EXPECT_TRUE(is_close(of_sum.values(),
                           floats(group_norm(doubles(plus), doubles(weight), doubles(bias), N)),
                           10 * kBound));
      const Values want = floats(group_norm(doubles(x), doubles(weight), doubles(bias), N));
      EXPECT_TRUE(is_close(y.values(), want, 10 * kBound)) << N;  // x - 30 has five bits less than x
      EXPECT_EQ(in_place.values(), y.values());
    }
  });
}

TEST(GroupNorm, BackwardEqualsFiniteDifferences) {
  for_each_target([] {
    for (const int64_t N : {1, 7, 8, 16, 24, 32}) {
      const int64_t rows = 3, H = 2, size = rows * H * N;
      const Values x = random_floats("x", size), d_y = random_floats("d_y", size);
      const Values weight = random_floats("weight", H * N), bias = random_floats("bias", H * N);
      Doubles x64 = doubles(x), weight64 = doubles(weight), bias64 = doubles(bias);
      const auto loss = [&] { return dot(group_norm(x64, weight64, bias64, N), d_y); };
      Output dx(size), d_weight(H * N), d_bias(H * N), in_place(d_y);
      Context context;
      GroupNormBackward args{
          rows, H, N, kEps, x.data(), weight.data(), d_y.data(), dx.data(), d_weight.data(), d_bias.data()};
      group_norm_backward(context, args);
      EXPECT_TRUE(is_close(dx.values(), numeric_gradient(x64, loss), kGradientBound)) << N;
      EXPECT_TRUE(is_close(d_weight.values(), numeric_gradient(weight64, loss), kGradientBound)) << N;
      EXPECT_TRUE(is_close(d_bias.values(), numeric_gradient(bias64, loss), kGradientBound)) << N;
      args.d_y = args.dx = in_place.data();
      group_norm_backward(context, args);
      EXPECT_EQ(in_place.values(), dx.values());
    }
  });
}

TEST(GroupNorm, ResultsDoNotDependOnThreads) {
  const int64_t rows = 777, H = 3, N = 24, size = rows * H * N;
  const Values x = random_floats("x", size), d_y = random_floats("d_y", size),
               weight = random_floats("w", H * N);
  std::vector<Values> first;
  for (const int threads : {1, 2, 5}) {
    Output y(size), dx(size), d_weight(H * N), d_bias(H * N);
    Context context{.num_threads = threads};
    group_norm_forward(context, {rows, H, N, kEps, x.data(), weight.data(), weight.data(), y.data()});
    group_norm_backward(context, {rows, H, N, kEps, x.data(), weight.data(), d_y.data(), dx.data(),
                                  d_weight.data(), d_bias.data()});
    const std::vector<Values> results = {y.values(), dx.values(), d_weight.values(), d_bias.values()};
    if (first.empty()) first = results;
    EXPECT_EQ(results, first) << threads << " threads";
  }
  Doubles sum(H * N);
  for (int64_t i = 0; i < size; ++i) sum[i % (H * N)] += d_y[i];
  EXPECT_TRUE(is_close(first[3], floats(sum), kGradientBound));
}

}  // namespace
}  // namespace radlads::kernels
