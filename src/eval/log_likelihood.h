// The log-likelihood of the last tokens of sequences, each given all before it: what every evaluation task
// needs.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "eval/sequences.h"
#include "infer/runner.h"

namespace radlads::eval {

struct LogLikelihood {
  double sum = 0;         // of the scored tokens, nats
  bool is_greedy = true;  // each of them was the most likely
};

struct ScoringOptions {
  int64_t batch = 0;           // sequences that are read at once; 0: as many as are worthwhile and fit
  bool reuse_prefixes = true;  // read what sequences share once
  int num_threads = 1;
};

/// Scores sequences of at least two ids. `known`: of earlier results, per sequence or empty. A batch whose
/// sequences are all known is not read again, and every other batch is the same as without them: so a resumed
/// run gives the same bits as an uninterrupted one. `on_scored` is told about the sequences that each batch
/// completes. UserError for ids beyond the vocabulary and for logits that are not finite.
std::vector<LogLikelihood> score_sequences(
    const std::shared_ptr<const infer::Weights>& model, std::span<const ScoredSequence> sequences,
    const ScoringOptions& options, std::span<const std::optional<LogLikelihood>> known = {},
    const std::function<void(std::span<const int32_t> sequences, std::span<const LogLikelihood> all)>&
        on_scored = nullptr);

/// Tokens that score_sequences reads, with and without sharing.
struct ReadingCost {
  int64_t tokens = 0, tokens_without_reuse = 0;
};
ReadingCost reading_cost(std::span<const ScoredSequence> sequences);

}  // namespace radlads::eval
