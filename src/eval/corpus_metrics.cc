#include "eval/corpus_metrics.h"

#include <algorithm>

#include "core/error.h"

namespace radlads::eval {
namespace {

constexpr int64_t kTextResamples = 100;

constexpr CorpusMetric kMetrics[] = {
    {"bleu", bleu, kTextResamples}, {"chrf", chrf, kTextResamples},  {"chrf++", chrf, kTextResamples},
    {"ter", ter, kTextResamples},   {"f1", f1, kBootstrapResamples}, {"mcc", mcc, kBootstrapResamples},
};

void add_to(Counts& sums, const Counts& counts) {
  for (size_t i = 0; i < sums.size(); ++i) sums[i] += counts[i];
}

}  // namespace

const CorpusMetric* find_corpus_metric(std::string_view name) {
  const auto* found = std::find_if(std::begin(kMetrics), std::end(kMetrics),
                                   [&](const CorpusMetric& metric) { return metric.name == name; });
  return found == std::end(kMetrics) ? nullptr : found;
}

Estimate estimate(const CorpusMetric& metric, std::span<const Counts> documents, int num_threads) {
  RADLADS_CHECK(!documents.empty(), "{} of no document", metric.name);
  const size_t num_counts = documents[0].size();
  Counts all(num_counts, 0.0);
  for (const Counts& counts : documents) {
    RADLADS_CHECK(counts.size() == num_counts, "{} and {} counts", counts.size(), num_counts);
    add_to(all, counts);
  }
  const auto resampled = [&](std::span<const size_t> drawn) {
    Counts sums(num_counts, 0.0);
    for (const size_t i : drawn) add_to(sums, documents[i]);
    return metric.score(sums);
  };
  return {metric.score(all), resampled_error(documents.size(), num_threads, metric.num_resamples, resampled)};
}

}  // namespace radlads::eval
