#include "eval/sequences.h"

#include <algorithm>
#include <bit>
#include <numeric>

namespace radlads::eval {
namespace {

constexpr int64_t kFirstRange = 128;  // positions

int64_t range_of(int64_t position) { return std::bit_width(static_cast<uint64_t>(position / kFirstRange)); }

using Ids = std::span<const TokenId>;

/// The part of a sequence that is read: its last id is only predicted.
Ids input_of(const ScoredSequence& sequence) { return Ids(sequence.ids).first(sequence.ids.size() - 1); }

class Builder {
 public:
  Builder(std::span<const ScoredSequence> sequences, int64_t min_shared)
      : sequences_(sequences), min_shared_(min_shared), order_(sequences.size()) {
    std::iota(order_.begin(), order_.end(), 0);
  }

  PrefixTree build() {
    if (min_shared_ == kNoSharing) {
      for (const int32_t sequence : order_)
        tree_.roots.push_back(add_node({&sequence, 1}, 0, length(sequence)));
      tree_.depth = order_.empty() ? 0 : 1;
    } else {
      std::stable_sort(order_.begin(), order_.end(), [&](int32_t a, int32_t b) {
        const Ids x = input(a), y = input(b);
        return std::lexicographical_compare(x.begin(), x.end(), y.begin(), y.end());
      });
      split(order_, 0, 0, tree_.roots, 1);
    }
    sort_longest_first(tree_.roots);
    for (PrefixNode& node : tree_.nodes) sort_longest_first(node.children);
    return std::move(tree_);
  }

 private:
  Ids input(int32_t sequence) const { return input_of(sequences_[static_cast<size_t>(sequence)]); }
  int64_t length(int32_t sequence) const { return static_cast<int64_t>(input(sequence).size()); }

  /// Inputs of `range`, in order, share their first `same` tokens, of which `begin` are read above. Adds the
  /// nodes that read the rest to `siblings`.
  void split(std::span<const int32_t> range, int64_t begin, int64_t same, std::vector<int32_t>& siblings,
             int64_t depth) {
    const auto equal_at = [&](int32_t sequence, int64_t i, TokenId id) {
      return length(sequence) > i && input(sequence)[static_cast<size_t>(i)] == id;
    };
    while (!range.empty()) {
      size_t count = 1;
      if (length(range[0]) > same) {
        const TokenId id = input(range[0])[static_cast<size_t>(same)];
        while (count < range.size() && equal_at(range[count], same, id)) ++count;
      } else {
        while (count < range.size() && length(range[count]) == same) ++count;
      }
      add_group(range.first(count), begin, siblings, depth);
      range = range.subspan(count);
    }
  }

  /// The nodes of inputs that continue with the same token, or end together.
  void add_group(std::span<const int32_t> group, int64_t begin, std::vector<int32_t>& siblings,
                 int64_t depth) {
    tree_.depth = std::max(tree_.depth, depth);
    const int64_t common = common_length(group.front(), group.back());
    const bool all_end = length(group.back()) == common;
    if (!all_end && common - begin < min_shared_) return split(group, begin, common, siblings, depth);
    const int32_t node = add_node(group, begin, common);
    siblings.push_back(node);
    size_t ended = 0;
    while (ended < group.size() && length(group[ended]) == common) ++ended;
    if (ended == group.size()) return;
    std::vector<int32_t> children;
    split(group.subspan(ended), common, common, children, depth + 1);
    tree_.nodes[static_cast<size_t>(node)].children = std::move(children);
  }

  /// For two inputs in order, and so for all between them.
  int64_t common_length(int32_t first, int32_t last) const {
    const Ids x = input(first), y = input(last);
    return std::mismatch(x.begin(), x.end(), y.begin(), y.end()).first - x.begin();
  }

  /// Tokens [begin, end) of the inputs of `group`, which share them.
  int32_t add_node(std::span<const int32_t> group, int64_t begin, int64_t end) {
    PrefixNode node;
    node.tokens = input(group[0]).subspan(static_cast<size_t>(begin), static_cast<size_t>(end - begin));
    for (const int32_t sequence : group) {
      const ScoredSequence& x = sequences_[static_cast<size_t>(sequence)];
      const int64_t first = length(sequence) - x.num_scored;
      for (int64_t i = std::max(first, begin); i < end; ++i)
        node.wanted.push_back({static_cast<int32_t>(i - begin), sequence, x.ids[static_cast<size_t>(i) + 1]});
      if (length(sequence) == end) node.finished.push_back(sequence);
    }
    std::stable_sort(node.wanted.begin(), node.wanted.end(),
                     [](const WantedTarget& a, const WantedTarget& b) { return a.offset < b.offset; });
    tree_.nodes.push_back(std::move(node));
    return static_cast<int32_t>(tree_.nodes.size()) - 1;
  }

  void sort_longest_first(std::vector<int32_t>& nodes) const {
    std::stable_sort(nodes.begin(), nodes.end(), [&](int32_t a, int32_t b) {
      return tree_.nodes[static_cast<size_t>(a)].tokens.size() >
             tree_.nodes[static_cast<size_t>(b)].tokens.size();
    });
  }

  std::span<const ScoredSequence> sequences_;
  int64_t min_shared_;
  std::vector<int32_t> order_;
  PrefixTree tree_;
};

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

int64_t PrefixTree::tokens() const {
  int64_t sum = 0;
  for (const PrefixNode& node : nodes) sum += static_cast<int64_t>(node.tokens.size());
  return sum;
}

PrefixTree build_prefix_tree(std::span<const ScoredSequence> sequences, int64_t min_shared) {
  return Builder(sequences, min_shared).build();
}

}  // namespace radlads::eval
