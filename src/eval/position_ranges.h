// Ranges of positions in the context window: 0-127, 128-255, 256-511, each further one twice as long as the
// one before.
#pragma once

#include <cstdint>
#include <vector>

#include "eval/prefix_tree.h"

namespace radlads::eval {

/// Both ends included. A position is the number of ids in the window before the one that predicts:
/// the window's first id predicts the second at position 0.
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

}  // namespace radlads::eval
