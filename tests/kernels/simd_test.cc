#include <bit>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include <gtest/gtest.h>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/simd_test.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include "kernels/cpu/simd-inl.h"
#include "kernels/each_target.h"

HWY_BEFORE_NAMESPACE();
namespace radlads::kernels::cpu::HWY_NAMESPACE {

void apply_exp(std::span<const float> x, std::span<float> y) {
  for_each_vector(0, static_cast<int64_t>(x.size()),
                  [&](auto load, auto store) HWY_ATTR { store(exp(load(x.data())), y.data()); });
}

void apply_sigmoid(std::span<const float> x, std::span<float> y) {
  for_each_vector(0, static_cast<int64_t>(x.size()),
                  [&](auto load, auto store) HWY_ATTR { store(sigmoid(load(x.data())), y.data()); });
}

void apply_fill(std::span<const float> x, std::span<float> y) {
  VF sum = hn::Zero(Floats()), filled = sum;
  const auto size = static_cast<int64_t>(x.size());
  for_each_vector(0, size, [&](auto load, auto) HWY_ATTR { sum = hn::Add(sum, load(x.data())); });
  for_each_vector(0, size, hn::Set(Floats(), 100.0f),
                  [&](auto load, auto) HWY_ATTR { filled = hn::Max(filled, load(x.data())); });
  y[0] = sum_lanes(sum);
  y[1] = max_lanes(filled);
}

}  // namespace radlads::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace radlads::kernels::cpu {
namespace {

HWY_EXPORT(apply_exp);
HWY_EXPORT(apply_sigmoid);
HWY_EXPORT(apply_fill);

constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// Every thousandth float between the bounds, both of one sign.
std::vector<float> floats_between(float small, float large) {
  std::vector<float> values;
  for (auto bits = std::bit_cast<uint32_t>(small); bits <= std::bit_cast<uint32_t>(large); bits += 997) {
    values.push_back(std::bit_cast<float>(bits));
  }
  return values;
}

double ulp(double x) {
  return std::nextafter(static_cast<float>(x), kInfinity) - static_cast<double>(static_cast<float>(x));
}

TEST(SimdExp, IsAccurateOnTheWholeRange) {
  for_each_target([] {
    for (const auto& [small, large] : {std::pair{0.0f, 88.0f}, std::pair{-0.0f, -87.33f}}) {
      const std::vector<float> x = floats_between(small, large);
      std::vector<float> y(x.size());
      HWY_DYNAMIC_DISPATCH(apply_exp)(x, y);
      for (size_t i = 0; i < x.size(); ++i) {
        const double want = std::exp(static_cast<double>(x[i]));
        ASSERT_LE(std::abs(y[i] - want), 1.2 * ulp(want)) << "x " << x[i];
      }
    }
  });
}

TEST(SimdExp, UnderflowsToZeroAndKeepsNaN) {
  for_each_target([] {
    const std::vector<float> x = {-87.4f,     -100, -1e10f, -std::numeric_limits<float>::max(),
                                  -kInfinity, NAN,  0};
    std::vector<float> y(x.size());
    HWY_DYNAMIC_DISPATCH(apply_exp)(x, y);
    for (size_t i = 0; i < 5; ++i) EXPECT_EQ(y[i], 0) << x[i];
    EXPECT_TRUE(std::isnan(y[5]));
    EXPECT_EQ(y[6], 1);
  });
}

TEST(SimdSigmoid, IsAccurateAndNeverOverflows) {
  for_each_target([] {
    for (const float sign : {1.0f, -1.0f}) {
      const std::vector<float> x = floats_between(sign * 0.0f, sign * std::numeric_limits<float>::max());
      std::vector<float> y(x.size());
      HWY_DYNAMIC_DISPATCH(apply_sigmoid)(x, y);
      for (size_t i = 0; i < x.size(); ++i) {
        ASSERT_NEAR(y[i], 1 / (1 + std::exp(-static_cast<double>(x[i]))), 1.5e-7) << "x " << x[i];
      }
    }
  });
}

TEST(SimdForEachVector, FillsWhatLiesPastTheEnd) {
  for_each_target([] {
    for (int size = 1; size <= 40; ++size) {
      const std::vector<float> ones(size, 1.0f);
      std::vector<float> y(2);
      HWY_DYNAMIC_DISPATCH(apply_fill)(ones, y);
      EXPECT_EQ(y[0], size);
      EXPECT_TRUE(y[1] == 100 || y[1] == 1) << y[1];  // 1 where whole vectors fit
    }
  });
}

}  // namespace
}  // namespace radlads::kernels::cpu
#endif  // HWY_ONCE
