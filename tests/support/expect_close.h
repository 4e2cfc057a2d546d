// The one comparison of numbers in all tests: err(a, b) = max|a - b| / max|b| (absolute if max|b| is 0), as
// the golden vectors define it. A failure says where the worst element is and by how much it misses.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include <gtest/gtest.h>

namespace radlads {

struct Closeness {
  double error = 0;  // err(a, b); infinity if a has a NaN or an infinity that b does not have
  size_t worst_index = 0;
  double got = 0, wanted = 0;  // at worst_index
};

Closeness closeness(std::span<const float> got, std::span<const float> wanted);

/// EXPECT_TRUE(is_close(got, wanted, 1e-5)) << "logits";
testing::AssertionResult is_close(std::span<const float> got, std::span<const float> wanted, double bound);

}  // namespace radlads
