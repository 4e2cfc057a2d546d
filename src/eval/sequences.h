// Token sequences whose last ids are scored: by ranges of positions, and as a tree, so that what they share
// is read once and its state copied for each continuation.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "text/tokenizer.h"

namespace radlads::eval {

/// The last `num_scored` of `ids` are each predicted from all ids before them.
struct ScoredSequence {
  std::vector<TokenId> ids;
  int64_t num_scored = 0;  // in [0, ids.size() - 1]
};

/// A range of positions in the context window: 0-127, 128-255, 256-511, each further one twice as long as the
/// one before. Both ends included. A position is the number of ids in the window before the one that
/// predicts: the window's first id predicts the second at position 0.
struct PositionRange {
  int64_t from = 0, to = 0;
};

PositionRange position_range(int64_t number);

/// The ids of a window up to some range's end, of which those within the range are scored.
struct WindowPart {
  int64_t range = 0;  // its number
  ScoredSequence sequence;
};

/// What a window scores, range by range. The parts begin with the same ids, so that the window is still read
/// only once.
std::vector<WindowPart> split_by_position(const ScoredSequence& window);

/// After the node's token number `offset`, the probability of `target`.
struct WantedTarget {
  int32_t offset = 0;
  int32_t sequence = 0;
  TokenId target = 0;
};

/// Tokens that are read after those of the parent.
struct PrefixNode {
  std::span<const TokenId> tokens;  // of a sequence
  std::vector<WantedTarget> wanted;
  std::vector<int32_t> children;  // nodes; longest first
  std::vector<int32_t> finished;  // sequences whose last token is here
};

/// Refers to the ids of the sequences, which must outlive it.
struct PrefixTree {
  std::vector<PrefixNode> nodes;
  std::vector<int32_t> roots;  // longest first
  int64_t depth = 0;           // nodes on the longest path from a root

  /// Tokens of all nodes: what is read.
  int64_t tokens() const;
};

/// Sequences share nodes of at least `min_shared` tokens; with kNoSharing none, not even equal ones.
inline constexpr int64_t kNoSharing = INT64_MAX;
PrefixTree build_prefix_tree(std::span<const ScoredSequence> sequences, int64_t min_shared);

}  // namespace radlads::eval
