// A set of byte strings with ids, for finding the longest of them that a text begins with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "text/string_table.h"

namespace radlads::text {

/// Immutable. A lookup follows one node per byte; the children of a node are adjacent and sorted.
class ByteTrie {
 public:
  struct Match {
    TokenId id = kNoToken;  // kNoToken: nothing matches
    size_t length = 0;
  };

  ByteTrie() = default;

  /// The strings must be different and not empty; they are not kept.
  explicit ByteTrie(std::vector<std::pair<std::string_view, TokenId>> strings);

  Match longest_prefix(std::string_view text) const;

  /// True if a string of the set begins with `byte`.
  bool starts_with(char byte) const { return root_[static_cast<uint8_t>(byte)] != kNone; }

  bool empty() const { return nodes_.empty(); }

 private:
  static constexpr uint32_t kNone = 0;  // the root is not a child
  struct Node {
    uint32_t first_child = 0;
    uint16_t num_children = 0;
    uint8_t byte = 0;  // that leads here
    TokenId id = kNoToken;
  };

  uint32_t child(const Node& node, uint8_t byte) const;

  std::vector<Node> nodes_;                                         // level by level
  std::vector<uint32_t> root_ = std::vector<uint32_t>(256, kNone);  // the children of the root
};

}  // namespace radlads::text
