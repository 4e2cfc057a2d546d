// The tokens of a model, by id and by spelling: a hash table for whole spellings, a trie for the longest
// spelling that a text begins with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "text/tokenizer.h"

namespace radlads::text {

inline constexpr TokenId kNoToken = -1;

class StringTable {
 public:
  StringTable();

  /// False, and nothing is changed, if the key already exists. All keys together must stay below 4 GiB.
  bool insert(std::string_view key, TokenId id);

  /// kNoToken if the key is absent.
  TokenId find(std::string_view key) const;

  /// Makes room for this many keys at once.
  void reserve(size_t num_keys);

 private:
  struct Slot {
    uint32_t hash = 0;
    uint32_t offset = 0, length = 0;  // the key, in keys_
    TokenId id = kNoToken;            // kNoToken: the slot is free
  };

  size_t slot_of(uint32_t hash, std::string_view key) const;
  void rehash(size_t num_slots);

  std::vector<Slot> slots_;  // a power of two, at most half full
  std::string keys_;
  size_t size_ = 0;
};

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

/// Ids must stay below this: anything larger comes from a damaged file, and would only cost memory.
inline constexpr int64_t kMaxVocabulary = int64_t{1} << 22;

class Vocabulary {
 public:
  /// False, and nothing is changed, if the spelling or the id is taken. 0 <= id < kMaxVocabulary.
  bool add(std::string_view spelling, TokenId id);

  /// Makes room for this many tokens at once.
  void reserve(size_t num_tokens);

  /// kNoToken if there is no such token.
  TokenId find(std::string_view spelling) const { return ids_.find(spelling); }

  bool has(TokenId id) const { return id >= 0 && id < size() && present_[id]; }
  const std::string& spelling(TokenId id) const { return spellings_[id]; }

  /// One more than the largest id.
  int64_t size() const { return static_cast<int64_t>(spellings_.size()); }

 private:
  StringTable ids_;
  std::vector<std::string> spellings_;  // by id
  std::vector<bool> present_;           // by id
};

}  // namespace radlads::text
