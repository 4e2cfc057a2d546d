// What one training update reads.
#pragma once

#include <cstdint>
#include <vector>

namespace radlads {

/// B rows of T tokens, flattened. A sequence is a stretch of tokens that starts from a fresh state, at
/// position 0; it never crosses a row.
struct Batch {
  int64_t B = 0, T = 0;
  std::vector<int32_t> tokens;      // [B*T]
  std::vector<int64_t> targets;     // [B*T] the next token, or -1 where there is none to predict
  std::vector<int64_t> positions;   // [B*T] position in the sequence
  std::vector<int64_t> boundaries;  // [S+1] where sequences begin in [0, B*T], with B*T as the last

  int64_t num_tokens() const { return B * T; }
};

}  // namespace radlads
