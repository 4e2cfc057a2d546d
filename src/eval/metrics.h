// From the scores of documents to the figures of tasks and groups, as lm-evaluation-harness 0.4.13 computes
// them: sums run from the first document to the last, so that figures agree to the last digit. No argument
// may be empty.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace radlads::eval {

/// Resamples of a bootstrap.
inline constexpr int64_t kBootstrapResamples = 100'000;

double mean(std::span<const double> values);

/// Of the mean: the sample's standard deviation / sqrt(n). nullopt for a single value.
std::optional<double> mean_standard_error(std::span<const double> values);

/// The upper of the two in the middle where their number is even.
double median(std::span<const double> values);

/// exp(-mean), of the log-likelihoods of whole documents.
double perplexity(std::span<const double> log_likelihoods);

/// The standard deviation of the statistic over bootstrap resamples. Each 1000 resamples draw from
/// PythonRandom(0), PythonRandom(1), ..., so that the figure is that of lm-eval and is the same for any
/// number of threads. nullopt for a single value.
std::optional<double> median_standard_error(std::span<const double> values, int num_threads,
                                            int64_t num_resamples = kBootstrapResamples);
std::optional<double> perplexity_standard_error(std::span<const double> log_likelihoods, int num_threads,
                                                int64_t num_resamples = kBootstrapResamples);

/// The same for any statistic of documents, which is given the indices that a resample drew.
std::optional<double> resampled_error(size_t num_documents, int num_threads, int64_t num_resamples,
                                      const std::function<double(std::span<const size_t> drawn)>& statistic);

/// A document that is read as a whole. lm-eval gives no standard error for figures made from these.
struct RollingScore {
  double log_likelihood = 0;  // nats
  double size = 0;            // in words, bytes or tokens
};

/// exp(-sum of log-likelihoods / sum of sizes): word_perplexity, byte_perplexity.
double weighted_perplexity(std::span<const RollingScore> documents);

double bits_per_byte(std::span<const RollingScore> documents);

/// -sum of log-likelihoods / sum of sizes, in tokens. Not a figure of lm-eval.
double nats_per_token(std::span<const RollingScore> documents);

/// A figure and its standard error, if it has one.
struct Estimate {
  double value = 0;
  std::optional<double> standard_error;
};

struct SubtaskEstimate {
  Estimate estimate;
  int64_t num_documents = 0;
};

/// The figure of a group over the tasks below it (never over its subgroups), weighted by their documents,
/// with the pooled standard error. It has none if a task has none.
Estimate mean_by_size(std::span<const SubtaskEstimate> subtasks);

/// The same with equal weights: the plain mean, and sqrt(sum of squared standard errors) / k.
Estimate plain_mean(std::span<const SubtaskEstimate> subtasks);

// Metrics that belong to all documents together, not to each: BLEU, chrF and TER of generated texts, as
// sacrebleu computes them by default, F1 and Matthews' correlation of choices as scikit-learn does. A
// document gives counts; the figure comes from their sums, and a resample of the documents from the sums of
// theirs.

/// Of one document, or summed over many.
using Counts = std::vector<double>;

/// BLEU (Papineni et al. 2002) with n-grams up to 4, the tokenization 13a and exponential smoothing, in
/// percent. Counts: tokens of the text, of the reference nearest in length, and for each n matches and
/// n-grams.
Counts bleu_counts(std::string_view text, std::span<const std::string> references);
double bleu(std::span<const double> sums);

/// chrF (Popovic 2015) with character n-grams up to 6, white space left out, beta 2, in percent; chrF++ with
/// word n-grams up to `word_order` 2. Counts, of the best reference: for each n the text's n-grams, the
/// reference's and matches.
Counts chrf_counts(std::string_view text, std::span<const std::string> references, int64_t word_order);
double chrf(std::span<const double> sums);

/// The translation edit rate (Snover et al. 2006), without regard to case, in percent; see ter.cc for its
/// shifts. Counts: edits to the nearest reference, mean length of the references in words.
Counts ter_counts(std::string_view text, std::span<const std::string> references);
double ter(std::span<const double> sums);

/// Of choice 1 against choice 0. Counts: true positives, false positives, false negatives.
Counts f1_counts(int64_t right, int64_t chosen);
double f1(std::span<const double> sums);

/// Matthews' correlation coefficient for any number of choices (Gorodkin 2004). Counts: documents, right
/// answers, and for each choice how often it is right and how often it is chosen.
Counts mcc_counts(int64_t right, int64_t chosen, int64_t num_choices);
double mcc(std::span<const double> sums);

struct CorpusMetric {
  std::string_view name;  // bleu, chrf, chrf++, ter, f1 or mcc
  double (*score)(std::span<const double> sums);
  int64_t num_resamples;  // of the standard error's bootstrap
};

/// Null for any other metric.
const CorpusMetric* find_corpus_metric(std::string_view name);

/// The figure of documents, which all have as many counts, and its standard error.
Estimate estimate(const CorpusMetric& metric, std::span<const Counts> documents, int num_threads);

}  // namespace radlads::eval
