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

}  // namespace radlads::eval
