#include "core/random.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

namespace radlads {
namespace {

// Known answers of Philox 4x32-10 (Random123's kat_vectors): zero key and counter.
TEST(Random, IsPhilox) {
  Random random(0, 0);
  EXPECT_EQ(random.next_u32(), 0x6627e8d5u);
  EXPECT_EQ(random.next_u32(), 0xe169c58du);
  EXPECT_EQ(random.next_u32(), 0xbc57ac4cu);
  EXPECT_EQ(random.next_u32(), 0x9b00dbd8u);
}

TEST(Random, StreamsAndSeedsDiffer) {
  EXPECT_NE(Random(1, 1).next_u64(), Random(1, 2).next_u64());
  EXPECT_NE(Random(1, 1).next_u64(), Random(2, 1).next_u64());
  EXPECT_EQ(Random(1, 1).next_u64(), Random(1, 1).next_u64());
}

TEST(Random, MomentsOfUniformAndNormal) {
  Random random(3, 0);
  const int n = 200'000;
  double mean = 0, square = 0, uniform = 0;
  for (int i = 0; i < n; ++i) {
    const double x = random.normal(), u = random.uniform();
    ASSERT_TRUE(u >= 0 && u < 1);
    mean += x / n;
    square += x * x / n;
    uniform += u / n;
  }
  EXPECT_NEAR(mean, 0, 0.01);
  EXPECT_NEAR(square, 1, 0.02);
  EXPECT_NEAR(uniform, 0.5, 0.005);
}

TEST(Random, PermutationHoldsEveryIndexOnce) {
  auto order = Random(5, 0).permutation(1000);
  EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));
  std::sort(order.begin(), order.end());
  for (uint64_t i = 0; i < order.size(); ++i) EXPECT_EQ(order[i], i);
}

}  // namespace
}  // namespace radlads
