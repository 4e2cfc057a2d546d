#include "support/pairwise.h"

#include <set>

#include <gtest/gtest.h>

namespace radlads {
namespace {

TEST(PairwiseCases, CoverEveryPairWithFewCases) {
  const std::vector<int> num_values = {4, 3, 2, 5};
  const auto cases = pairwise_cases(
      num_values, 1, [](const PairwiseCase&) { return 1.0; }, 1);
  std::set<std::vector<size_t>> pairs;
  for (const PairwiseCase& x : cases) {
    ASSERT_EQ(x.size(), num_values.size());
    for (size_t p = 0; p < x.size(); ++p) {
      ASSERT_LT(x[p], num_values[p]);
      for (size_t q = p + 1; q < x.size(); ++q)
        pairs.insert({p, static_cast<size_t>(x[p]), q, static_cast<size_t>(x[q])});
    }
  }
  EXPECT_EQ(pairs.size(), 4 * 3 + 4 * 2 + 4 * 5 + 3 * 2 + 3 * 5 + 2 * 5);
  EXPECT_LT(cases.size(), 40);  // of 120
}

TEST(PairwiseCases, KeepToTheBudgetWhereTheyCan) {
  const auto cost = [](const PairwiseCase& x) { return x[0] + x[1] + x[2]; };
  for (const PairwiseCase& x : pairwise_cases({3, 3, 3}, 1, cost, 4)) EXPECT_LE(cost(x), 4);
}

}  // namespace
}  // namespace radlads
