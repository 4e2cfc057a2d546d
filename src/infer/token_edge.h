// Where a list of tokens, most likely first, is cut off: at the k-th, or where probabilities reach a sum. The
// vocabulary is not sorted for it: logits are put into bins, and only the bin with the edge is sorted.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/sampling.h"
#include "text/tokenizer.h"

namespace radlads::infer {

/// A row of finite logits, as kernels::token_weights leaves it.
struct WeighedTokens {
  std::span<const float> logits;  // [V]
  std::span<const float> maxima;  // [num_token_blocks(V)]
  std::span<float> weights;       // [V]
};

/// The logits that are looked at, both included.
struct LogitRange {
  float low = 0, high = 0;
};

/// What tokens add to a goal.
enum class Measure { kCount, kWeight };

/// Keeps its memory from call to call. Not thread-safe.
class TokenEdge {
 public:
  /// Keeps the fewest of the most likely tokens in `range` that reach the goal; ties go to the lower id.
  /// Returns the lowest logit that is kept (range.low if all of them do not reach it); weights of tokens
  /// at this logit that are left out become 0.
  float cut(const WeighedTokens& tokens, LogitRange range, Measure measure, double goal);

 private:
  struct Token {
    TokenId id;
    float logit;
  };

  bool narrow(const WeighedTokens& tokens, LogitRange& range, Measure measure, double goal, double& before);

  std::vector<uint16_t> bins_;                    // [V]
  std::array<double, kernels::kTokenBins> sums_;  // of the bins' measures
  std::vector<Token> members_;                    // of the bin with the edge, by id
};

}  // namespace radlads::infer
