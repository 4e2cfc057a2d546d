#include "eval/metrics.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "core/error.h"
#include "core/parallel.h"
#include "eval/python_random.h"

namespace radlads::eval {
namespace {

constexpr int64_t kResamplesPerChunk = 1000;

double square(double x) { return x * x; }

double sample_deviation(std::span<const double> values) {
  const double center = mean(values);
  double sum = 0;
  for (const double value : values) sum += square(value - center);
  return std::sqrt(sum / static_cast<double>(values.size() - 1));
}

/// The upper median; reorders `values`.
double take_median(std::vector<double>& values) {
  const auto middle = values.begin() + std::ssize(values) / 2;
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// `draw` gives an item of a resample for the index of a document; `statistic` may reorder the resample.
template <class Item, class Draw, class Statistic>
std::optional<double> bootstrap_error(size_t count, int num_threads, int64_t num_resamples, const Draw& draw,
                                      const Statistic& statistic) {
  RADLADS_CHECK(num_resamples > 1, "{} resamples", num_resamples);
  if (count < 2) return std::nullopt;
  const int64_t chunk = std::min(num_resamples, kResamplesPerChunk);
  const int64_t num_chunks = num_resamples / chunk;
  std::vector<double> statistics(static_cast<size_t>(num_chunks * chunk));
  parallel_items(num_chunks, num_threads, [&](int64_t i) {
    PythonRandom random(static_cast<uint64_t>(i));
    std::vector<Item> resample(count);
    for (int64_t j = 0; j < chunk; ++j) {
      for (Item& drawn : resample) drawn = draw(random.choice(count));
      statistics[static_cast<size_t>(i * chunk + j)] = statistic(resample);
    }
  });
  return sample_deviation(statistics);
}

template <class Statistic>
std::optional<double> bootstrap_error(std::span<const double> values, int num_threads, int64_t num_resamples,
                                      const Statistic& statistic) {
  return bootstrap_error<double>(
      values.size(), num_threads, num_resamples, [&](size_t i) { return values[i]; }, statistic);
}

double weighted_mean(std::span<const RollingScore> documents) {
  double log_likelihood = 0, size = 0;
  for (const RollingScore& document : documents) {
    log_likelihood += document.log_likelihood;
    size += document.size;
  }
  return log_likelihood / size;
}

bool all_have_errors(std::span<const SubtaskEstimate> subtasks) {
  return std::all_of(subtasks.begin(), subtasks.end(), [](const SubtaskEstimate& subtask) {
    return subtask.estimate.standard_error.has_value();
  });
}

constexpr int64_t kTextResamples = 100;

constexpr CorpusMetric kMetrics[] = {
    {"bleu", bleu, kTextResamples}, {"chrf", chrf, kTextResamples},  {"chrf++", chrf, kTextResamples},
    {"ter", ter, kTextResamples},   {"f1", f1, kBootstrapResamples}, {"mcc", mcc, kBootstrapResamples},
};

void add_to(Counts& sums, const Counts& counts) {
  for (size_t i = 0; i < sums.size(); ++i) sums[i] += counts[i];
}

}  // namespace

double mean(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

std::optional<double> mean_standard_error(std::span<const double> values) {
  if (values.size() < 2) return std::nullopt;
  return sample_deviation(values) / std::sqrt(static_cast<double>(values.size()));
}

double median(std::span<const double> values) {
  std::vector<double> copy(values.begin(), values.end());
  return take_median(copy);
}

double perplexity(std::span<const double> log_likelihoods) { return std::exp(-mean(log_likelihoods)); }

std::optional<double> median_standard_error(std::span<const double> values, int num_threads,
                                            int64_t num_resamples) {
  return bootstrap_error(values, num_threads, num_resamples, take_median);
}

std::optional<double> perplexity_standard_error(std::span<const double> log_likelihoods, int num_threads,
                                                int64_t num_resamples) {
  return bootstrap_error(log_likelihoods, num_threads, num_resamples, perplexity);
}

std::optional<double> resampled_error(size_t num_documents, int num_threads, int64_t num_resamples,
                                      const std::function<double(std::span<const size_t>)>& statistic) {
  return bootstrap_error<size_t>(
      num_documents, num_threads, num_resamples, [](size_t i) { return i; }, statistic);
}

double weighted_perplexity(std::span<const RollingScore> documents) {
  return std::exp(-weighted_mean(documents));
}

double bits_per_byte(std::span<const RollingScore> documents) {
  return -weighted_mean(documents) / std::numbers::ln2;
}

double nats_per_token(std::span<const RollingScore> documents) { return -weighted_mean(documents); }

Estimate mean_by_size(std::span<const SubtaskEstimate> subtasks) {
  double sum = 0, variance = 0, total = 0;
  for (const auto& [estimate, num_documents] : subtasks) {
    const auto size = static_cast<double>(num_documents);
    total += size;
    sum += estimate.value * size;
    variance += (size - 1) * square(estimate.standard_error.value_or(0)) * size;
  }
  Estimate pooled{sum / total, std::nullopt};
  if (all_have_errors(subtasks)) {
    pooled.standard_error = std::sqrt(variance / (total - static_cast<double>(subtasks.size())) / total);
  }
  return pooled;
}

Estimate plain_mean(std::span<const SubtaskEstimate> subtasks) {
  double sum = 0, variance = 0;
  for (const SubtaskEstimate& subtask : subtasks) {
    sum += subtask.estimate.value;
    variance += square(subtask.estimate.standard_error.value_or(0));
  }
  const auto count = static_cast<double>(subtasks.size());
  Estimate result{sum / count, std::nullopt};
  if (all_have_errors(subtasks)) result.standard_error = std::sqrt(variance) / count;
  return result;
}

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
  const double norm = (square(documents) - wanted) * (square(documents) - chosen);
  return norm == 0 ? 0 : (right * documents - both) / std::sqrt(norm);
}

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
