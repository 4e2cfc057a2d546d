#include "core/parallel.h"

#include <atomic>
#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

namespace radlads {
namespace {

TEST(Parallel, RangesCoverEverythingOnce) {
  for (const int64_t n : {0, 1, 2, 3, 7, 1000}) {
    std::vector<std::atomic<int>> hits(static_cast<size_t>(n));
    parallel_ranges(n, 4, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) ++hits[static_cast<size_t>(i)];
    });
    for (const auto& hit : hits) EXPECT_EQ(hit, 1);
  }
}

TEST(Parallel, AnExceptionReachesTheCaller) {
  EXPECT_THROW(parallel_items(10, 2,
                              [](int64_t i) {
                                if (i == 7) throw std::runtime_error("seven");
                              }),
               std::runtime_error);
  EXPECT_THROW(parallel_ranges(10, 2, [](int64_t, int64_t) { throw std::runtime_error("all"); }),
               std::runtime_error);
}

}  // namespace
}  // namespace radlads
