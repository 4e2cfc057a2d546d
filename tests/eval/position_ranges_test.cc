#include "eval/position_ranges.h"

#include <numeric>

#include <gtest/gtest.h>

namespace radlads::eval {
namespace {

ScoredSequence window_of(int64_t ids, int64_t num_scored) {
  ScoredSequence window;
  window.ids.resize(static_cast<size_t>(ids));
  std::iota(window.ids.begin(), window.ids.end(), 0);
  window.num_scored = num_scored;
  return window;
}

TEST(PositionRanges, Double) {
  const std::vector<std::pair<int64_t, int64_t>> expected = {{0, 127}, {128, 255}, {256, 511}, {512, 1023}};
  for (size_t i = 0; i < expected.size(); ++i) {
    const PositionRange range = position_range(static_cast<int64_t>(i));
    EXPECT_EQ(std::pair(range.from, range.to), expected[i]);
  }
}

TEST(PositionRanges, PartsOfAWindowScoreAllOnce) {
  // 301 ids have 300 predictions, at positions 0 to 299.
  const auto parts = split_by_position(window_of(301, 300));
  ASSERT_EQ(parts.size(), 3u);
  const std::vector<std::pair<size_t, int64_t>> expected = {{129, 128}, {257, 128}, {301, 44}};
  for (size_t i = 0; i < parts.size(); ++i) {
    EXPECT_EQ(parts[i].range, static_cast<int64_t>(i));
    EXPECT_EQ(parts[i].sequence.ids.size(), expected[i].first);
    EXPECT_EQ(parts[i].sequence.num_scored, expected[i].second);
    EXPECT_EQ(parts[i].sequence.ids.back(), static_cast<TokenId>(expected[i].first - 1));
  }
}

TEST(PositionRanges, AWindowThatIsFilledUpBeginsWhereItScores) {
  const auto parts = split_by_position(window_of(513, 10));  // positions 502 to 511
  ASSERT_EQ(parts.size(), 1u);
  EXPECT_EQ(parts[0].range, 2);
  EXPECT_EQ(parts[0].sequence.ids.size(), 513u);
  EXPECT_EQ(parts[0].sequence.num_scored, 10);
  const auto two = split_by_position(window_of(260, 5));  // 254 and 255, then 256 to 258
  ASSERT_EQ(two.size(), 2u);
  EXPECT_EQ(two[0].sequence.num_scored, 2);
  EXPECT_EQ(two[0].sequence.ids.size(), 257u);
  EXPECT_EQ(two[1].range, 2);
  EXPECT_EQ(two[1].sequence.num_scored, 3);
}

}  // namespace
}  // namespace radlads::eval
