// Output tensors of kernel tests: NaN at first, so that what a kernel leaves out shows, and with a margin
// after them that must stay untouched.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

namespace radlads {

class Output {
 public:
  explicit Output(int64_t size) : values_(static_cast<size_t>(size) + kMargin, kNaN), size_(size) {}

  /// An output that is also an input, as where a kernel may work in place.
  explicit Output(const std::vector<float>& input) : Output(static_cast<int64_t>(input.size())) {
    std::copy(input.begin(), input.end(), values_.begin());
  }

  float* data() { return values_.data(); }

  /// What was written; fails the test if the margin was.
  std::vector<float> values() const {
    for (size_t i = static_cast<size_t>(size_); i < values_.size(); ++i) {
      EXPECT_TRUE(std::isnan(values_[i])) << "written past the end, at " << i << " of " << size_;
    }
    return {values_.begin(), values_.begin() + size_};
  }

 private:
  static constexpr size_t kMargin = 32;
  static constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

  std::vector<float> values_;
  int64_t size_;
};

}  // namespace radlads
