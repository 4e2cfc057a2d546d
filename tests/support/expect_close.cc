#include "support/expect_close.h"

#include <cmath>
#include <limits>

namespace radlads {

Closeness closeness(std::span<const float> got, std::span<const float> wanted) {
  double scale = 0;
  for (const float w : wanted) scale = std::max(scale, std::abs(static_cast<double>(w)));
  if (scale == 0) scale = 1;
  Closeness result;
  for (size_t i = 0; i < wanted.size(); ++i) {
    double error = std::abs(static_cast<double>(got[i]) - wanted[i]) / scale;
    if (std::isnan(error)) error = std::numeric_limits<double>::infinity();
    if (error > result.error) result = {error, i, got[i], wanted[i]};
  }
  return result;
}

testing::AssertionResult is_close(std::span<const float> got, std::span<const float> wanted, double bound) {
  if (got.size() != wanted.size()) {
    return testing::AssertionFailure() << got.size() << " values, wanted " << wanted.size();
  }
  const Closeness c = closeness(got, wanted);
  if (c.error <= bound) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "error " << c.error << " exceeds " << bound << " at " << c.worst_index
                                     << ": got " << c.got << ", wanted " << c.wanted;
}

}  // namespace radlads
