#include "text/merges.h"

#include <algorithm>
#include <functional>

#include "core/error.h"

namespace radlads::text {

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

}  // namespace radlads::text
