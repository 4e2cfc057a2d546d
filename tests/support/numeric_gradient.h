// Derivatives by central finite differences, in double: what references of backward passes are checked
// against.
#pragma once

#include <functional>
#include <vector>

namespace radlads {

/// d loss / d x[i] for every element of `x`, which `loss` reads and which is left as it was.
inline std::vector<float> numeric_gradient(std::vector<double>& x, const std::function<double()>& loss,
                                           double step = 1e-5) {
  std::vector<float> gradient;
  for (double& value : x) {
    const double before = value;
    value = before + step;
    const double above = loss();
    value = before - step;
    const double below = loss();
    value = before;
    gradient.push_back(static_cast<float>((above - below) / (2 * step)));
  }
  return gradient;
}

}  // namespace radlads
