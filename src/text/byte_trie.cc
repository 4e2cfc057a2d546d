#include "text/byte_trie.h"

#include <algorithm>

namespace radlads::text {

ByteTrie::ByteTrie(std::vector<std::pair<std::string_view, TokenId>> strings) {
  if (strings.empty()) return;
  std::sort(strings.begin(), strings.end());
  // Node i represents the first `depth` bytes that strings[begin, end) share.
  struct Span {
    size_t begin, end, depth;
  };
  std::vector<Span> spans = {{0, strings.size(), 0}};
  nodes_.emplace_back();
  for (size_t i = 0; i < nodes_.size(); ++i) {
    auto [begin, end, depth] = spans[i];
    if (strings[begin].first.size() == depth) nodes_[i].id = strings[begin++].second;
    nodes_[i].first_child = static_cast<uint32_t>(nodes_.size());
    while (begin < end) {
      const char byte = strings[begin].first[depth];
      size_t next = begin;
      while (next < end && strings[next].first[depth] == byte) ++next;
      nodes_.push_back({.byte = static_cast<uint8_t>(byte)});
      spans.push_back({begin, next, depth + 1});
      ++nodes_[i].num_children;
      begin = next;
    }
  }
  for (uint32_t i = 0; i < nodes_[0].num_children; ++i) root_[nodes_[1 + i].byte] = 1 + i;
}

uint32_t ByteTrie::child(const Node& node, uint8_t byte) const {
  const auto begin = nodes_.begin() + node.first_child, end = begin + node.num_children;
  const auto found = std::lower_bound(begin, end, byte,
                                      [](const Node& child, uint8_t wanted) { return child.byte < wanted; });
  return found == end || found->byte != byte ? kNone : static_cast<uint32_t>(found - nodes_.begin());
}

ByteTrie::Match ByteTrie::longest_prefix(std::string_view text) const {
  Match longest;
  uint32_t node = kNone;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<uint8_t>(text[i]);
    node = i == 0 ? root_[byte] : child(nodes_[node], byte);
    if (node == kNone) break;
    if (nodes_[node].id != kNoToken) longest = {nodes_[node].id, i + 1};
  }
  return longest;
}

}  // namespace radlads::text
