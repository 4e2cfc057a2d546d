// What tests against formulas in double precision share.
#pragma once

#include <cstddef>
#include <vector>

namespace radlads {

using Values = std::vector<float>;
using Doubles = std::vector<double>;

inline Doubles doubles(const Values& x) { return {x.begin(), x.end()}; }
inline Values floats(const Doubles& x) { return {x.begin(), x.end()}; }

/// The loss that has `upstream` as its gradient at `outputs`.
inline double dot(const Doubles& outputs, const Values& upstream) {
  double sum = 0;
  for (size_t i = 0; i < upstream.size(); ++i) sum += outputs[i] * upstream[i];
  return sum;
}

}  // namespace radlads
