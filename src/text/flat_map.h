// A hash map from 64-bit keys to small values, in one array: a lookup costs about one cache miss, where
// std::unordered_map costs three. Keys are never removed.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace radlads::text {

template <class Value>
class FlatMap {
 public:
  FlatMap() { rehash(16); }

  /// Inserts, or replaces the existing value. The key 2^64 - 1 is not allowed.
  void set(uint64_t key, Value value) {
    if (2 * (size_ + 1) > slots_.size()) rehash(2 * slots_.size());
    Slot& slot = slots_[slot_of(key)];
    size_ += slot.key == kFree;
    slot = {key, value};
  }

  /// Null if the key is absent. Valid until the next set().
  const Value* find(uint64_t key) const {
    const Slot& slot = slots_[slot_of(key)];
    return slot.key == kFree ? nullptr : &slot.value;
  }

  size_t size() const { return size_; }

  /// Makes room for this many keys at once.
  void reserve(size_t num_keys) {
    if (2 * num_keys > slots_.size()) rehash(std::bit_ceil(2 * num_keys));
  }

 private:
  static constexpr uint64_t kFree = ~uint64_t{0};
  struct Slot {
    uint64_t key = kFree;
    Value value{};
  };

  // The slot of the key, or the free one where it belongs.
  size_t slot_of(uint64_t key) const {
    // Multiplicative hashing (Knuth, TAOCP 3, 6.4): the upper bits of key * 2^64 / golden ratio.
    size_t i = (key ^ key >> 32) * 0x9E3779B97F4A7C15u >> shift_;
    while (slots_[i].key != key && slots_[i].key != kFree) i = (i + 1) & (slots_.size() - 1);
    return i;
  }

  void rehash(size_t num_slots) {
    const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(num_slots));
    shift_ = 64 - std::countr_zero(num_slots);
    for (const Slot& slot : old) {
      if (slot.key != kFree) slots_[slot_of(slot.key)] = slot;
    }
  }

  std::vector<Slot> slots_;  // a power of two, at most half full
  int shift_ = 0;
  size_t size_ = 0;
};

}  // namespace radlads::text
