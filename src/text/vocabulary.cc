#include "text/vocabulary.h"

#include <algorithm>
#include <bit>
#include <functional>
#include <utility>

#include "core/error.h"

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

void Vocabulary::reserve(size_t num_tokens) {
  ids_.reserve(num_tokens);
  spellings_.reserve(num_tokens);
}

bool Vocabulary::add(std::string_view spelling, TokenId id) {
  RADLADS_CHECK(id >= 0 && id < kMaxVocabulary, "id {}", id);
  if (has(id) || !ids_.insert(spelling, id)) return false;
  if (id >= size()) {
    spellings_.resize(id + 1);
    present_.resize(id + 1);
  }
  spellings_[id] = spelling;
  present_[id] = true;
  return true;
}

}  // namespace radlads::text
