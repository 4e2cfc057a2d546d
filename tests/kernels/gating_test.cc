#include "kernels/gating.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "core/error.h"
#include "kernels/each_target.h"
#include "support/expect_close.h"
#include "support/random_floats.h"

namespace radlads::kernels {
namespace {

constexpr double kBound = 2e-6;
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

// Sizes around vector lengths, and one that is split among threads.
constexpr int64_t kSizes[] = {1, 7, 15, 16, 17, 33, 100'003};

TEST(Activate, EqualsTheFormula) {
  for_each_target([] {
    const auto x = random_floats("x", 103, 6);
    for (const Activation activation : {Activation::kIdentity, Activation::kSigmoid, Activation::kTanh}) {
      std::vector<float> y(x.size(), kNaN), want;
      for (const float value : x) {
        const double v = value;
        want.push_back(static_cast<float>(activation == Activation::kTanh      ? std::tanh(v)
                                          : activation == Activation::kSigmoid ? sigmoid(v)
                                                                               : v));
      }
      Context context;
      activate(context, {static_cast<int64_t>(x.size()), activation, x.data(), y.data()});
      EXPECT_TRUE(is_close(y, want, kBound));
    }
  });
}

TEST(SwiGlu, ForwardAndBackwardEqualTheFormula) {
  for_each_target([] {
    for (const int64_t size : kSizes) {
      const auto gate = random_floats("gate", size, 4), up = random_floats("up", size);
      const auto d_y = random_floats("d_y", size);
      std::vector<float> y(size, kNaN), d_gate(size, kNaN), d_up(size, kNaN), y_want, d_gate_want, d_up_want;
      for (int64_t i = 0; i < size; ++i) {
        const double g = gate[i], s = sigmoid(g);
        y_want.push_back(static_cast<float>(g * s * up[i]));
        d_gate_want.push_back(static_cast<float>(d_y[i] * up[i] * (s + g * s * (1 - s))));
        d_up_want.push_back(static_cast<float>(d_y[i] * g * s));
      }
      Context context{.num_threads = 2};
      swiglu(context, {size, gate.data(), up.data(), y.data()});
      std::vector<float> y_again(y.size(), kNaN);
      swiglu_backward(context,
                      {size, gate.data(), up.data(), d_y.data(), d_gate.data(), d_up.data(), y_again.data()});
      EXPECT_TRUE(is_close(y_again, y_want, kBound));
      EXPECT_TRUE(is_close(y, y_want, kBound));
      EXPECT_TRUE(is_close(d_gate, d_gate_want, kBound));
      EXPECT_TRUE(is_close(d_up, d_up_want, kBound));
    }
  });
}

TEST(SwiGlu, ExtremeGatesStayFinite) {
  const std::vector<float> gate = {-1e30f, -200, -90, 90, 200, 1e30f}, up(6, 1.0f);
  std::vector<float> y(6, kNaN);
  Context context;
  swiglu(context, {6, gate.data(), up.data(), y.data()});
  EXPECT_TRUE(is_close(y, std::vector<float>{0, 0, 0, 90, 200, 1e30f}, kBound));
}

TEST(OutputGate, ForwardAndBackwardEqualTheFormula) {
  for_each_target([] {
    for (const Activation activation : {Activation::kIdentity, Activation::kSigmoid}) {
      const int64_t size = 1003;
      const auto x = random_floats("x", size), gate = random_floats("gate", size, 3),
                 d_y = random_floats("d_y", size);
      std::vector<float> y(size, kNaN), dx(size, kNaN), d_gate(size, kNaN), y_want, dx_want, d_gate_want;
      for (int64_t i = 0; i < size; ++i) {
        const double s = sigmoid(gate[i]);
        const double g = activation == Activation::kSigmoid ? s : gate[i];
        const double slope = activation == Activation::kSigmoid ? s * (1 - s) : 1;
        y_want.push_back(static_cast<float>(0.25 * x[i] * g));
        dx_want.push_back(static_cast<float>(0.25 * d_y[i] * g));
        d_gate_want.push_back(static_cast<float>(0.25 * d_y[i] * x[i] * slope));
      }
      Context context;
      output_gate(context, {size, 0.25f, activation, x.data(), gate.data(), y.data()});
      output_gate_backward(
          context, {size, 0.25f, activation, x.data(), gate.data(), d_y.data(), dx.data(), d_gate.data()});
      EXPECT_TRUE(is_close(y, y_want, kBound));
      EXPECT_TRUE(is_close(dx, dx_want, kBound));
      EXPECT_TRUE(is_close(d_gate, d_gate_want, kBound));
    }
  });
}

TEST(OutputGate, WithoutGateIsAScale) {
  const std::vector<float> x = {1, -2, 3};
  std::vector<float> y(3, kNaN), dx(3, kNaN);
  Context context;
  output_gate(context, {.size = 3, .scale = 0.5f, .x = x.data(), .y = y.data()});
  output_gate_backward(context, {.size = 3, .scale = 0.5f, .x = x.data(), .d_y = x.data(), .dx = dx.data()});
  EXPECT_EQ(y, (std::vector<float>{0.5f, -1, 1.5f}));
  EXPECT_EQ(dx, y);
}

TEST(Kernels, ACudaContextIsRefusedByName) {
  Context context{.device = Device::cuda(0)};
  try {
    swiglu(context, {});
    FAIL() << "no error";
  } catch (const UserError& error) {
    EXPECT_NE(std::string(error.what()).find("[swiglu]"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace radlads::kernels
