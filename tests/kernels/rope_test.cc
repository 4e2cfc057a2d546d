#include "kernels/rope.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "kernels/each_target.h"
#include "kernels/output.h"
#include "kernels/reference.h"
#include "support/expect_close.h"
#include "support/random_floats.h"

namespace radlads::kernels {
namespace {

constexpr double kBound = 1e-6;

TEST(RopeTable, AnglesAreExactForLargePositions) {
  const std::vector<double> frequencies = {1.0, 0.1, 1e-6};
  const std::vector<int64_t> positions = {0, 1, 7, 1'000'003};
  Values cos_want, sin_want;
  for (const int64_t position : positions) {
    for (const double frequency : frequencies) {
      cos_want.push_back(static_cast<float>(std::cos(static_cast<double>(position) * frequency)));
      sin_want.push_back(static_cast<float>(std::sin(static_cast<double>(position) * frequency)));
    }
  }
  Output cos(12), sin(12);
  Context context;
  rope_table(context, frequencies, positions, cos.data(), sin.data());
  EXPECT_EQ(cos.values(), cos_want);
  EXPECT_EQ(sin.values(), sin_want);
}

struct Table {
  Table(int64_t rows, int64_t N) : cos(rows * N / 2), sin(rows * N / 2) {
    std::vector<double> frequencies;
    std::vector<int64_t> positions;
    for (int64_t i = 0; i < N / 2; ++i) frequencies.push_back(std::pow(0.7, i));
    for (int64_t m = 0; m < rows; ++m) positions.push_back(3 * m + 1);
    Context context{.num_threads = 2};
    rope_table(context, frequencies, positions, cos.data(), sin.data());
  }

  Values cos, sin;
};

TEST(Rope, TurnsEachPairByItsAngle) {
  for_each_target([] {
    for (const int64_t N : {8, 16, 24, 32, 80}) {
      const int64_t rows = 5, heads = 3, half = N / 2;
      const Table table(rows, N);
      const Values x = random_floats("x", rows * heads * N);
      Values want(x.size()), back(x.size());
      for (int64_t head = 0; head < rows * heads; ++head) {
        for (int64_t i = 0; i < half; ++i) {
          const int64_t angle = head / heads * half + i, low = head * N + i, high = low + half;
          const double c = table.cos[angle], s = table.sin[angle];
          want[low] = static_cast<float>(x[low] * c - x[high] * s);
          want[high] = static_cast<float>(x[high] * c + x[low] * s);
          back[low] = static_cast<float>(x[low] * c + x[high] * s);
          back[high] = static_cast<float>(x[high] * c - x[low] * s);
        }
      }
      Context context;
      for (const bool inverse : {false, true}) {
        Output y(std::ssize(x)), in_place(x);
        rope(context, {rows, heads, N, table.cos.data(), table.sin.data(), inverse, x.data(), y.data()});
        rope(context,
             {rows, heads, N, table.cos.data(), table.sin.data(), inverse, in_place.data(), in_place.data()});
        EXPECT_TRUE(is_close(y.values(), inverse ? back : want, kBound)) << N;
        EXPECT_EQ(in_place.values(), y.values());
      }
    }
  });
}

TEST(Rope, InverseUndoesItWhateverTheThreads) {
  const int64_t rows = 1001, heads = 2, N = 48;
  const Table table(rows, N);
  const Values x = random_floats("x", rows * heads * N);
  Values first;
  for (const int threads : {1, 2, 5}) {
    Output y(std::ssize(x));
    Context context{.num_threads = threads};
    rope(context, {rows, heads, N, table.cos.data(), table.sin.data(), false, x.data(), y.data()});
    if (first.empty()) first = y.values();
    EXPECT_EQ(y.values(), first);
    rope(context, {rows, heads, N, table.cos.data(), table.sin.data(), true, y.data(), y.data()});
    EXPECT_TRUE(is_close(y.values(), x, kBound));
  }
}

}  // namespace
}  // namespace radlads::kernels
