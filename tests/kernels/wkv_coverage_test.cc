// wkv6 and wkv7 over the product of shapes, packings, groupings, layouts and extremes, against the
// references: every pair of values in the ordinary run; the product with
//
//   kernels_test --gtest_also_run_disabled_tests --gtest_filter='*WholeProduct*'
#include <cmath>
#include <limits>
#include <numeric>

#include <gtest/gtest.h>

#include "kernels/each_target.h"
#include "kernels/wkv_kernels.h"
#include "support/expect_close.h"
#include "support/pairwise.h"

namespace radlads::kernels {
namespace {

enum class Packing { kRows, kOdd, kWithEmptyAndSingle };
enum class Group { kNone, kKeysAndValues, kAll };

const std::vector<int64_t> kT = {1, 2, 15, 16, 17, 63, 64, 65, 1000}, kCount = {1, 2, 3, 4, 5, 6, 7, 8, 9},
                           kN = {8, 20, 24, 32, 64, 104, 128, 256};
const std::vector<Packing> kPackings = {Packing::kRows, Packing::kOdd, Packing::kWithEmptyAndSingle};
const std::vector<Group> kGroups = {Group::kNone, Group::kKeysAndValues, Group::kAll};
const std::vector<Layout> kLayouts = {Layout::kContiguous, Layout::kSliced, Layout::kUnaligned};
const std::vector<int> kNumValues = {9, 9, 9, 8, 3, 3, 2, 2, 2, 3, 2};

/// Where `count` sequences in T tokens begin and end.
std::vector<int64_t> boundaries(Packing packing, int64_t count, int64_t T) {
  if (packing == Packing::kRows) return {};
  std::vector<int64_t> cuts = {0};
  for (int64_t s = 1; s < count; ++s) cuts.push_back(std::min(T, (T * s / count) | 1));
  cuts.push_back(T);
  if (packing == Packing::kWithEmptyAndSingle) {
    cuts.insert(cuts.begin(), 0);                                   // an empty one first,
    cuts.insert(cuts.begin() + 2, std::min(cuts[1] + 1, cuts[2]));  // one of a single token,
    cuts.push_back(T);                                              // an empty one last
  }
  return cuts;
}

WkvShape shape_of(const PairwiseCase& x) {
  const Packing packing = kPackings[x[4]];
  const Group group = kGroups[x[5]];
  WkvShape shape{.B = packing == Packing::kRows ? kCount[x[1]] : 1,
                 .T = kT[x[0]],
                 .H = kCount[x[2]],
                 .N = kN[x[3]],
                 .balance = x[6] == 1,
                 .has_state = x[7] == 1,
                 .boundaries = boundaries(packing, kCount[x[1]], kT[x[0]]),
                 .layout = kLayouts[x[9]],
                 .decay = x[8] == 1 ? Decay::kExtreme : Decay::kUsual,
                 .dtype = x[10] == 1 ? DType::kBF16 : DType::kF32};
  const int64_t shared = shape.H % 2 == 0 ? shape.H / 2 : shape.H % 3 == 0 ? shape.H / 3 : 1;
  if (group != Group::kNone) shape.k_heads = shape.v_heads = shared;
  if (group == Group::kAll) shape.kk_heads = shared;
  return shape;
}

double cost(const PairwiseCase& x) {
  const WkvShape shape = shape_of(x);
  return static_cast<double>(shape.B * shape.T * shape.H * shape.N * shape.N);
}

/// Each of T steps and of N products adds a rounding error; they are positive as often as negative.
double bound(const WkvShape& shape) {
  constexpr double kEpsilon = 0x1p-23, kBf16Rounding = 0x1p-8;
  const double sums = kEpsilon * (16 + 2 * std::sqrt(static_cast<double>(shape.T + shape.N)));
  return shape.dtype == DType::kBF16 ? sums + kBf16Rounding : sums;
}

template <class Kernel>
void check(const PairwiseCase& x) {
  const WkvShape shape = shape_of(x);
  SCOPED_TRACE(testing::Message() << "case " << testing::PrintToString(x) << ": B" << shape.B << " T"
                                  << shape.T << " H" << shape.H << " N" << shape.N);
  const WkvCase c(shape, Kernel::kLowestLw);
  const WkvResults wanted = Kernel::reference(c);
  for_each_target([&] {
    const WkvResults got = run_kernel<Kernel>(c);
    for (const auto& [name, values] : wanted)
      EXPECT_TRUE(is_close(got.at(name), values, bound(shape))) << name;
  });
}

#if defined(__SANITIZE_ADDRESS__)
constexpr double kLargestCost = 1e6;  // the references take minutes with sanitizers
#else
constexpr double kLargestCost = std::numeric_limits<double>::infinity();
#endif

template <class Kernel>
class WkvCoverage : public testing::Test {};

using Kernels = testing::Types<Wkv6Kernel, Wkv7Kernel>;
TYPED_TEST_SUITE(WkvCoverage, Kernels);

TYPED_TEST(WkvCoverage, EveryPairOfParametersEqualsTheReference) {
  for (const PairwiseCase& x : pairwise_cases(kNumValues, 1, cost, 4e6))
    if (cost(x) <= kLargestCost) check<TypeParam>(x);
}

// Of lengths, head sizes, packings, groups, balance and decay. The rest would multiply hours to weeks: it is
// drawn for each case, B and H as small as its cost demands.
TYPED_TEST(WkvCoverage, DISABLED_TheWholeProductEqualsTheReference) {
  const std::vector<size_t> axes = {0, 3, 4, 5, 6, 8}, drawn = {1, 2, 7, 9, 10};
  Random random(2, 0);
  PairwiseCase x(kNumValues.size());
  for (size_t axis = 0; axis < axes.size();) {
    do {
      for (const size_t i : drawn) x[i] = static_cast<int>(random.below(kNumValues[i]));
      if (random.below(20) == 0) x[1] = x[2] = 0;
    } while (cost(x) > 3e6 && x[1] + x[2] > 0);
    check<TypeParam>(x);
    for (axis = 0; axis < axes.size() && ++x[axes[axis]] == kNumValues[axes[axis]]; ++axis) x[axes[axis]] = 0;
  }
}

}  // namespace
}  // namespace radlads::kernels
