#include "eval/prefix_tree.h"

#include <map>

#include <gtest/gtest.h>

#include "core/random.h"

namespace radlads::eval {
namespace {

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
