// What the choice of the next token reads of a row of logits: how likely each token is relative to the most
// likely one, and sums of that over blocks of neighbors and over parts of the range of logits, so that the
// sampler skips most of a large vocabulary block by block. For the host only, where tokens are chosen; one
// row per call, on the caller's thread: rows that are sampled in parallel have a thread each. Contiguous
// float32.
#pragma once

#include <cstdint>

namespace radlads::kernels {

inline constexpr int64_t kTokenBlock = 64;  // tokens

inline constexpr int64_t num_token_blocks(int64_t V) { return (V + kTokenBlock - 1) / kTokenBlock; }

/// weights_i = e^((logits_i - largest) / temperature): 1 for the most likely, 0 from about e^-87 down. If a
/// logit is not finite, `largest` is NaN and the weights are not written.
struct TokenWeights {
  int64_t V = 0;
  float inverse_temperature = 1;  // finite
  const float* logits = nullptr;  // [V]
  float* smallest = nullptr;      // [1]
  float* largest = nullptr;       // [1]
  float* maxima = nullptr;        // [num_token_blocks(V)]: the largest logit of each block
  float* weights = nullptr;       // [V]; null if not wanted
};

inline constexpr int32_t kTokenBins = 1024;

/// Puts logits into equal parts of [low, high], the most likely first, and sums what is counted in each part.
/// Bins never decrease as logits fall, despite rounding.
struct TokenBins {
  int64_t V = 0;
  float low = 0, high = 0;         // both included
  const float* logits = nullptr;   // [V]
  const float* maxima = nullptr;   // as token_weights left them: blocks below `low` are skipped
  const float* amounts = nullptr;  // [V]; null: 1 of each token
  uint16_t* bins = nullptr;        // [V]: kTokenBins or more outside the range; not written in blocks below
  double* sums = nullptr;          // [kTokenBins]
};

/// sums_b = the weights of the block's tokens whose logit is at least `lowest`.
struct TokenSums {
  int64_t V = 0;
  float lowest = 0;
  const float* logits = nullptr;   // [V]
  const float* weights = nullptr;  // [V]
  float* sums = nullptr;           // [num_token_blocks(V)]
};

void token_weights(const TokenWeights& args);
void token_bins(const TokenBins& args);
void token_sums(const TokenSums& args);

}  // namespace radlads::kernels
