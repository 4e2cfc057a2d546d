// A hash table from strings to token ids. The strings are copied into one block of memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
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

}  // namespace radlads::text
