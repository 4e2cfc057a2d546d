// Metrics that belong to all documents together, not to each: BLEU, chrF and TER of generated texts, as
// sacrebleu computes them by default, F1 and Matthews' correlation of choices as scikit-learn does. A
// document gives counts; the figure comes from their sums, and a resample of the documents from the sums of
// theirs.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "eval/metrics.h"

namespace radlads::eval {

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
