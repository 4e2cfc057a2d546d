// Few cases that cover many: every pair of values of two parameters occurs together in one of them.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace radlads {

/// A case: for each parameter the number of its value.
using PairwiseCase = std::vector<int>;

/// Cases for parameters with so many values each. Of the possible next cases, one that `cost` rates no higher
/// than `budget` is taken if there is one. The same for the same seed.
std::vector<PairwiseCase> pairwise_cases(const std::vector<int>& num_values, uint64_t seed,
                                         const std::function<double(const PairwiseCase&)>& cost,
                                         double budget);

}  // namespace radlads
