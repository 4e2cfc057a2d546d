#include <cmath>

#include "eval/corpus_metrics.h"

namespace radlads::eval {

Counts f1_counts(int64_t right, int64_t chosen) {
  const bool is_wanted = right == 1, is_given = chosen == 1;
  return {is_wanted && is_given ? 1.0 : 0.0, !is_wanted && is_given ? 1.0 : 0.0,
          is_wanted && !is_given ? 1.0 : 0.0};
}

double f1(std::span<const double> sums) {
  const double hits = sums[0], all = 2 * hits + sums[1] + sums[2];
  return all == 0 ? 0 : 2 * hits / all;
}

Counts mcc_counts(int64_t right, int64_t chosen, int64_t num_choices) {
  Counts counts(static_cast<size_t>(2 + 2 * num_choices), 0.0);
  counts[0] = 1;
  counts[1] = right == chosen ? 1 : 0;
  counts[static_cast<size_t>(2 + 2 * right)] = 1;
  counts[static_cast<size_t>(3 + 2 * chosen)] = 1;
  return counts;
}

/// (c s - sum t_k p_k) / sqrt((s^2 - sum p_k^2) (s^2 - sum t_k^2)): s documents, c right answers, t_k times
/// that k is right, p_k times that it is chosen.
double mcc(std::span<const double> sums) {
  const double documents = sums[0], right = sums[1];
  double both = 0, wanted = 0, chosen = 0;
  for (size_t k = 2; k < sums.size(); k += 2) {
    both += sums[k] * sums[k + 1];
    wanted += sums[k] * sums[k];
    chosen += sums[k + 1] * sums[k + 1];
  }
  const double square = documents * documents;
  const double norm = (square - wanted) * (square - chosen);
  return norm == 0 ? 0 : (right * documents - both) / std::sqrt(norm);
}

}  // namespace radlads::eval
