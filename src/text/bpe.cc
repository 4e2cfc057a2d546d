#include "text/bpe.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "core/error.h"
#include "text/byte_level.h"

namespace radlads::text {

Units::Units(const Vocabulary& vocabulary, const UnitOptions& options) : options_(options) {
  single_byte_.fill(kNoToken);
  for (size_t byte = 0; byte < 256; ++byte) {
    fallback_[byte] = vocabulary.find(fmt::format("<0x{:02X}>", byte));
    if (are_bytes()) single_byte_[byte] = vocabulary.find(byte_level_spelling(static_cast<uint8_t>(byte)));
  }
  if (are_bytes()) return;
  for (TokenId id = 0; id < vocabulary.size(); ++id) {
    const std::string& spelling = vocabulary.spelling(id);
    if (spelling.empty() || spelling.size() != utf8_length(spelling[0])) continue;
    size_t position = 0;
    const char32_t character = next_character(spelling, position);
    if (character < 0x80) {
      single_byte_[character] = id;
    } else {
      longer_.set(character, id);
    }
  }
}

void Units::append(std::string_view word, Merges::Word& symbols) const {
  bool unknown_pending = false;
  const auto push_pending = [&] {
    if (unknown_pending) symbols.push_back(options_.unknown);
    unknown_pending = false;
  };
  for (size_t i = 0; i < word.size();) {
    const std::string_view unit = word.substr(i, length(word[i]));
    i += unit.size();
    if (const TokenId id = find(unit); id != kNoToken) {
      push_pending();
      symbols.push_back(id);
    } else if (!append_fallback(unit, symbols) && options_.unknown != kNoToken) {
      if (!options_.fuse_unknown) push_pending();
      unknown_pending = true;
    }
  }
  push_pending();
}

bool Units::append_fallback(std::string_view unit, Merges::Word& symbols) const {
  if (!options_.byte_fallback) return false;
  const std::string_view spelling = are_bytes() ? byte_level_spelling(static_cast<uint8_t>(unit[0])) : unit;
  for (const char byte : spelling) {
    if (fallback_[static_cast<uint8_t>(byte)] == kNoToken) return false;
  }
  for (const char byte : spelling) symbols.push_back(fallback_[static_cast<uint8_t>(byte)]);
  return true;
}

// Joining long words: symbols stay in place as a linked list, and a heap holds every pair that has had a
// rule. An entry is out of date if the symbol at its position now has another rank.
class HeapJoiner {
 public:
  HeapJoiner(const Merges& merges, Merges::Word& word)
      : merges_(merges), symbols_(word.symbols_), links_(word.links_), candidates_(word.candidates_) {}

  void run() {
    fill();
    while (!candidates_.empty()) {
      std::pop_heap(candidates_.begin(), candidates_.end(), std::greater<>());
      const uint64_t best = candidates_.back();
      candidates_.pop_back();
      const auto position = static_cast<uint32_t>(best);
      if (symbols_[position].rule.rank == best >> 32) join(position);
    }
    std::erase_if(symbols_, [](const auto& symbol) { return symbol.id == kNoToken; });
  }

 private:
  void fill() {
    RADLADS_CHECK(symbols_.size() < Merges::kNoRank, "a word of {} symbols", symbols_.size());
    const auto size = static_cast<uint32_t>(symbols_.size());
    links_.resize(size);
    candidates_.clear();
    for (uint32_t i = 0; i < size; ++i) {
      links_[i] = {i - 1, i + 1};
      update_rule(i);
    }
    std::make_heap(candidates_.begin(), candidates_.end(), std::greater<>());
  }

  void join(uint32_t position) {
    const uint32_t gone = links_[position].next, next = links_[gone].next;
    symbols_[position].id = symbols_[position].rule.joined;
    symbols_[gone] = {kNoToken, {}};
    links_[position].next = next;
    if (next < symbols_.size()) links_[next].previous = position;
    renew(position);
    if (position > 0) renew(links_[position].previous);
  }

  void renew(uint32_t position) {
    const size_t before = candidates_.size();
    update_rule(position);
    if (candidates_.size() > before) std::push_heap(candidates_.begin(), candidates_.end(), std::greater<>());
  }

  void update_rule(uint32_t position) {
    auto& symbol = symbols_[position];
    const uint32_t next = links_[position].next;
    symbol.rule = next < symbols_.size() ? merges_.find(symbol.id, symbols_[next].id) : Merges::Rule{};
    if (symbol.rule.rank != Merges::kNoRank)
      candidates_.push_back(uint64_t{symbol.rule.rank} << 32 | position);
  }

  const Merges& merges_;
  std::vector<Merges::Word::Symbol>& symbols_;
  std::vector<Merges::Word::Link>& links_;
  std::vector<uint64_t>& candidates_;
};

void Merges::apply(Word& word) const {
  // Up to this many symbols, searching all ranks for every join is faster than keeping a heap of them.
  constexpr size_t kLongestSearch = 64;
  if (word.size() <= kLongestSearch) {
    apply_by_search(word);
  } else {
    HeapJoiner(*this, word).run();
  }
}

void Merges::apply_by_search(Word& word) const {
  auto& symbols = word.symbols_;
  for (size_t i = 0; i + 1 < symbols.size(); ++i) symbols[i].rule = find(symbols[i].id, symbols[i + 1].id);
  const auto is_better = [](const auto& a, const auto& b) { return a.rule.rank < b.rule.rank; };
  while (symbols.size() > 1) {
    const auto best = std::min_element(symbols.begin(), symbols.end(), is_better);
    if (best->rule.rank == kNoRank) return;
    best->id = best->rule.joined;
    const auto next = symbols.erase(best + 1);
    best->rule = next == symbols.end() ? Rule{} : find(best->id, next->id);
    if (best != symbols.begin()) (best - 1)->rule = find((best - 1)->id, best->id);
  }
}

namespace {

std::string_view first_character(std::string_view spelling) {
  return spelling.substr(0, utf8_length(spelling[0]));
}

std::string_view last_character(std::string_view spelling) {
  size_t begin = spelling.size() - 1;
  while ((static_cast<uint8_t>(spelling[begin]) & 0xC0) == 0x80) --begin;
  return spelling.substr(begin);
}

}  // namespace

Bpe::Bpe(const Vocabulary& vocabulary, const std::vector<MergePair>& pairs, const UnitOptions& units,
         bool ignore_merges)
    : units_(vocabulary, units),
      ignore_merges_(ignore_merges),
      has_parts_(!units_.are_bytes() && !ignore_merges) {
  merges_.reserve(pairs.size());
  uint32_t rank = 0;
  for (const MergePair& pair : pairs) merges_.add(pair.left, pair.right, {rank++, pair.joined});
  add_known_words(vocabulary);
  if (has_parts_) add_joints(vocabulary, pairs);
}

void Bpe::add_known_words(const Vocabulary& vocabulary) {
  known_words_.reserve(vocabulary.size());
  Merges::Word symbols;
  for (TokenId id = 0; id < vocabulary.size(); ++id) {
    if (!vocabulary.has(id)) continue;
    const std::string& spelling = vocabulary.spelling(id);
    const std::optional<std::string> word = units_.are_bytes() ? bytes_of_spelling(spelling) : spelling;
    if (!word) continue;
    if (!ignore_merges_) {
      symbols.clear();
      units_.append(*word, symbols);
      merges_.apply(symbols);
      if (symbols.size() != 1 || symbols[0] != id) continue;
    }
    known_words_.insert(*word, id);
  }
}

void Bpe::add_joints(const Vocabulary& vocabulary, const std::vector<MergePair>& pairs) {
  for (const MergePair& pair : pairs) {
    const std::string &left_text = vocabulary.spelling(pair.left),
                      &right_text = vocabulary.spelling(pair.right);
    if (left_text.empty() || right_text.empty()) continue;  // no text has such a pair
    const TokenId left = units_.find(last_character(left_text));
    const TokenId right = units_.find(first_character(right_text));
    if (left != kNoToken && right != kNoToken) joints_.set(pair_key(left, right), true);
  }
}

void Bpe::encode(std::string_view word, Merges::Word& scratch, std::vector<TokenId>& ids) const {
  if (!has_parts_) return encode_part(word, scratch, ids);
  for (size_t begin = 0; begin < word.size();) {
    const size_t end = end_of_part(word, begin);
    encode_part(word.substr(begin, end - begin), scratch, ids);
    begin = end;
  }
}

// Units that are not tokens are never separated from their neighbors: a run of them may be fused.
size_t Bpe::end_of_part(std::string_view word, size_t begin) const {
  TokenId left = kNoToken;
  for (size_t i = begin; i < word.size();) {
    const size_t length = units_.length(word[i]);
    const TokenId right = units_.find(word.substr(i, length));
    if (left != kNoToken && right != kNoToken && joints_.find(pair_key(left, right)) == nullptr) return i;
    left = right;
    i += length;
  }
  return word.size();
}

void Bpe::encode_part(std::string_view part, Merges::Word& scratch, std::vector<TokenId>& ids) const {
  if (const TokenId id = known_words_.find(part); id != kNoToken) return ids.push_back(id);
  scratch.clear();
  units_.append(part, scratch);
  merges_.apply(scratch);
  for (size_t i = 0; i < scratch.size(); ++i) ids.push_back(scratch[i]);
}

}  // namespace radlads::text
