#include "eval/position_ranges.h"

#include <algorithm>
#include <bit>

namespace radlads::eval {
namespace {

constexpr int64_t kFirstRange = 128;  // positions

int64_t range_of(int64_t position) { return std::bit_width(static_cast<uint64_t>(position / kFirstRange)); }

}  // namespace

PositionRange position_range(int64_t number) {
  return {number == 0 ? 0 : kFirstRange << (number - 1), (kFirstRange << number) - 1};
}

std::vector<WindowPart> split_by_position(const ScoredSequence& window) {
  std::vector<WindowPart> parts;
  const auto positions = static_cast<int64_t>(window.ids.size()) - 1;
  for (int64_t begin = positions - window.num_scored; begin < positions;) {
    const int64_t range = range_of(begin);
    const int64_t end = std::min(positions, position_range(range).to + 1);
    parts.push_back({range, {{window.ids.begin(), window.ids.begin() + end + 1}, end - begin}});
    begin = end;
  }
  return parts;
}

}  // namespace radlads::eval
