#include "text/string_table.h"

#include <bit>
#include <functional>
#include <utility>

namespace radlads::text {
namespace {

uint32_t hash_of(std::string_view key) { return static_cast<uint32_t>(std::hash<std::string_view>{}(key)); }

}  // namespace

StringTable::StringTable() : slots_(16) {}

bool StringTable::insert(std::string_view key, TokenId id) {
  if (2 * (size_ + 1) > slots_.size()) rehash(2 * slots_.size());
  const uint32_t hash = hash_of(key);
  Slot& slot = slots_[slot_of(hash, key)];
  if (slot.id != kNoToken) return false;
  slot = {hash, static_cast<uint32_t>(keys_.size()), static_cast<uint32_t>(key.size()), id};
  keys_ += key;
  ++size_;
  return true;
}

TokenId StringTable::find(std::string_view key) const { return slots_[slot_of(hash_of(key), key)].id; }

size_t StringTable::slot_of(uint32_t hash, std::string_view key) const {
  const size_t mask = slots_.size() - 1;
  for (size_t i = hash & mask;; i = (i + 1) & mask) {
    const Slot& slot = slots_[i];
    if (slot.id == kNoToken) return i;
    if (slot.hash == hash && std::string_view(keys_).substr(slot.offset, slot.length) == key) return i;
  }
}

void StringTable::reserve(size_t num_keys) {
  if (2 * num_keys > slots_.size()) rehash(std::bit_ceil(2 * num_keys));
}

void StringTable::rehash(size_t num_slots) {
  const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(num_slots));
  const size_t mask = slots_.size() - 1;
  for (const Slot& slot : old) {
    if (slot.id == kNoToken) continue;
    size_t i = slot.hash & mask;
    while (slots_[i].id != kNoToken) i = (i + 1) & mask;
    slots_[i] = slot;
  }
}

}  // namespace radlads::text
