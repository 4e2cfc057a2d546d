#include "support/pairwise.h"

#include <array>
#include <set>

#include "core/random.h"

namespace radlads {
namespace {

/// (parameter, value, later parameter, value)
using Pair = std::array<int, 4>;

std::set<Pair> all_pairs(const std::vector<int>& num_values) {
  std::set<Pair> pairs;
  for (int p = 0; p < static_cast<int>(num_values.size()); ++p)
    for (int q = p + 1; q < static_cast<int>(num_values.size()); ++q)
      for (int a = 0; a < num_values[p]; ++a)
        for (int b = 0; b < num_values[q]; ++b) pairs.insert({p, a, q, b});
  return pairs;
}

std::vector<Pair> pairs_of(const PairwiseCase& values) {
  std::vector<Pair> pairs;
  for (int p = 0; p < static_cast<int>(values.size()); ++p)
    for (int q = p + 1; q < static_cast<int>(values.size()); ++q)
      pairs.push_back({p, values[p], q, values[q]});
  return pairs;
}

}  // namespace

std::vector<PairwiseCase> pairwise_cases(const std::vector<int>& num_values, uint64_t seed,
                                         const std::function<double(const PairwiseCase&)>& cost,
                                         double budget) {
  constexpr int kCandidates = 60;
  Random random(seed, Random::stream_of("pairwise"));
  std::set<Pair> open = all_pairs(num_values);
  std::vector<PairwiseCase> cases;
  while (!open.empty()) {
    const Pair needed = *open.begin();
    PairwiseCase best;
    double best_cost = 0;
    size_t best_covered = 0;
    for (int i = 0; i < kCandidates; ++i) {
      PairwiseCase candidate;
      for (const int count : num_values) candidate.push_back(static_cast<int>(random.below(count)));
      candidate[needed[0]] = needed[1];
      candidate[needed[2]] = needed[3];
      const double price = cost(candidate);
      size_t covered = 0;
      for (const Pair& pair : pairs_of(candidate)) covered += open.count(pair);
      const bool affordable = price <= budget, best_affordable = best_cost <= budget;
      const bool better = affordable != best_affordable ? affordable
                          : affordable                  ? covered > best_covered
                                                        : price < best_cost;
      if (best.empty() || better) best = candidate, best_cost = price, best_covered = covered;
    }
    for (const Pair& pair : pairs_of(best)) open.erase(pair);
    cases.push_back(best);
  }
  return cases;
}

}  // namespace radlads
