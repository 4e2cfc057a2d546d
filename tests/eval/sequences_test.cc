#include "eval/sequences.h"

#include <map>
#include <numeric>

#include <gtest/gtest.h>

#include "core/random.h"

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

/// Random sequences with long and short common prefixes, and equal ones.
std::vector<ScoredSequence> random_sequences(uint64_t seed, size_t count) {
  Random random(seed, 1);
  std::vector<ScoredSequence> sequences;
  while (sequences.size() < count) {
    ScoredSequence x;
    if (!sequences.empty() && random.below(4) > 0) {
      const auto& other = sequences[random.below(sequences.size())].ids;
      x.ids.assign(other.begin(), other.begin() + static_cast<int64_t>(1 + random.below(other.size())));
    }
    const uint64_t more = random.below(12);
    for (uint64_t i = 0; i < more || x.ids.size() < 2; ++i)
      x.ids.push_back(static_cast<TokenId>(random.below(3)));
    x.num_scored = 1 + static_cast<int64_t>(random.below(x.ids.size() - 1));
    sequences.push_back(std::move(x));
  }
  return sequences;
}

/// What a reader of the tree finds: for each sequence its input, and the targets at their positions.
struct Found {
  std::vector<TokenId> input;
  std::map<int64_t, TokenId> targets;
  int finished = 0;
};

void walk(const PrefixTree& tree, int32_t index, std::vector<TokenId> before, int64_t depth,
          std::map<int32_t, Found>& found, int64_t& deepest) {
  const PrefixNode& node = tree.nodes[static_cast<size_t>(index)];
  deepest = std::max(deepest, depth);
  EXPECT_FALSE(node.tokens.empty());
  for (const WantedTarget& x : node.wanted)
    found[x.sequence].targets[static_cast<int64_t>(before.size()) + x.offset] = x.target;
  before.insert(before.end(), node.tokens.begin(), node.tokens.end());
  for (const int32_t sequence : node.finished) {
    found[sequence].input = before;
    ++found[sequence].finished;
  }
  for (size_t i = 0; i < node.children.size(); ++i) {
    if (i > 0) {
      EXPECT_GE(tree.nodes[static_cast<size_t>(node.children[i - 1])].tokens.size(),
                tree.nodes[static_cast<size_t>(node.children[i])].tokens.size());
    }
    walk(tree, node.children[i], before, depth + 1, found, deepest);
  }
}

class PrefixTreeTest : public testing::TestWithParam<int64_t> {};

TEST_P(PrefixTreeTest, HoldsEverySequenceOnce) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const auto sequences = random_sequences(seed, 1 + seed % 40);
    const PrefixTree tree = build_prefix_tree(sequences, GetParam());
    std::map<int32_t, Found> found;
    int64_t deepest = 0;
    for (const int32_t root : tree.roots) walk(tree, root, {}, 1, found, deepest);
    EXPECT_EQ(tree.depth, deepest);
    ASSERT_EQ(found.size(), sequences.size());
    for (const auto& [i, x] : found) {
      const ScoredSequence& wanted = sequences[static_cast<size_t>(i)];
      EXPECT_EQ(x.finished, 1);
      EXPECT_EQ(x.input, std::vector<TokenId>(wanted.ids.begin(), wanted.ids.end() - 1));
      ASSERT_EQ(static_cast<int64_t>(x.targets.size()), wanted.num_scored);
      for (const auto& [position, target] : x.targets)
        EXPECT_EQ(target, wanted.ids[static_cast<size_t>(position) + 1]);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(MinShared, PrefixTreeTest, testing::Values(1, 2, 5, 100, kNoSharing));

TEST(PrefixTree, ReadsSharedTokensOnce) {
  const std::vector<ScoredSequence> sequences = {
      {{1, 2, 3, 4, 5, 9}, 1}, {{1, 2, 3, 4, 6, 7, 9}, 2}, {{1, 2, 3, 4, 5, 8}, 1}};
  EXPECT_EQ(build_prefix_tree(sequences, 3).tokens(), 4 + 1 + 2);  // two inputs are equal
  EXPECT_EQ(build_prefix_tree(sequences, 5).tokens(), 5 + 6);
  EXPECT_EQ(build_prefix_tree(sequences, kNoSharing).tokens(), 5 + 6 + 5);
}

TEST(PrefixTree, OfNothingIsEmpty) {
  const PrefixTree tree = build_prefix_tree({}, 1);
  EXPECT_TRUE(tree.roots.empty());
  EXPECT_EQ(tree.depth, 0);
}

}  // namespace
}  // namespace radlads::eval
