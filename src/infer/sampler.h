// Chooses the next token from logits.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "infer/token_edge.h"
#include "text/tokenizer.h"

namespace radlads::infer {

/// Applied in this order, which is that of transformers; the values here turn each one off, except for the
/// temperature.
struct SamplerOptions {
  double repetition_penalty = 1;  // divides positive and multiplies negative logits of tokens already seen
  double temperature = 1;         // 0: greedy
  int64_t top_k = 0;              // the k most likely
  double top_p = 1;               // the fewest tokens that together reach p
  double min_p = 0;               // tokens at least min_p times as likely as the most likely one
  uint64_t seed = 1;
};

/// Keeps its memory from token to token. Not thread-safe.
class Sampler {
 public:
  explicit Sampler(const SamplerOptions& options);

  /// The token after `position` others; ties go to the lower id. `seen` is what the repetition penalty looks
  /// at. The draw depends only on the seed and the position. UserError if a logit is not finite.
  TokenId sample(std::span<const float> logits, std::span<const TokenId> seen, int64_t position);

 private:
  void penalize(std::span<const TokenId> seen);
  void weigh(int64_t position);
  void keep_top_k();
  void keep_top_p_and_min_p();
  double sum();
  TokenId first_of_largest() const;
  TokenId draw(double share);
  double logit_of(double weight) const;

  SamplerOptions options_;
  TokenEdge edge_;

  // Of the current row.
  std::span<const float> logits_;                           // [V]
  std::vector<float> penalized_, weights_, maxima_, sums_;  // [V], [V], [blocks], [blocks]
  float largest_ = 0;                                       // of all
  float lowest_ = 0;                                        // of the logits that are kept
};

/// The most likely token; the lowest id among equals.
TokenId argmax(std::span<const float> logits);

}  // namespace radlads::infer
