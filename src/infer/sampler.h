// Chooses the next token from logits.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/random.h"
#include "text/tokenizer.h"

namespace radlads::infer {

/// Applied in this order; the values here switch each one off, except for the temperature.
struct SamplerOptions {
  double repetition_penalty = 1;  // divides positive and multiplies negative logits of tokens already seen
  double temperature = 1;         // 0: greedy
  int64_t top_k = 0;              // the k most likely
  double top_p = 1;               // the fewest tokens that together reach p
  double min_p = 0;               // tokens at least min_p times as likely as the likeliest
  uint64_t seed = 1;
};

class Sampler {
 public:
  explicit Sampler(const SamplerOptions& options);

  /// The next token; ties go to the lower id. `seen` is what the repetition penalty looks at.
  TokenId sample(std::span<const float> logits, std::span<const TokenId> seen);

 private:
  struct Candidate {
    TokenId id;
    float logit;
    double weight;  // probability relative to the likeliest's
  };

  void keep_top_k();
  void weigh();
  void keep_top_p();

  SamplerOptions options_;
  Random random_;
  std::vector<Candidate> candidates_;
};

/// The likeliest token; the lowest id among equals.
TokenId argmax(std::span<const float> logits);

}  // namespace radlads::infer
