// The merge rules of byte-pair encoding (Sennrich et al., 2016): as long as neighbors have a rule, the pair
// with the lowest rank is joined, the leftmost first.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "text/flat_map.h"
#include "text/string_table.h"

namespace radlads::text {

/// A map key for two neighbors.
inline uint64_t pair_key(TokenId left, TokenId right) {
  return static_cast<uint64_t>(left) << 32 | static_cast<uint32_t>(right);
}

/// Immutable once filled, then safe for use by several threads.
class Merges {
 public:
  static constexpr uint32_t kNoRank = std::numeric_limits<uint32_t>::max();

  struct Rule {
    uint32_t rank = kNoRank;
    TokenId joined = kNoToken;
  };

  /// A word being merged, with the memory that joining needs: reuse it from word to word.
  class Word {
   public:
    void clear() { symbols_.clear(); }
    void push_back(TokenId id) { symbols_.push_back({id, {}}); }
    size_t size() const { return symbols_.size(); }
    TokenId operator[](size_t i) const { return symbols_[i].id; }

   private:
    friend class Merges;
    friend class HeapJoiner;
    struct Symbol {
      TokenId id;
      Rule rule;  // for this symbol and the next
    };
    struct Link {
      uint32_t previous, next;
    };
    std::vector<Symbol> symbols_;
    std::vector<Link> links_;           // of symbols that stay in place: where their neighbors are
    std::vector<uint64_t> candidates_;  // a heap of rank << 32 | position
  };

  void reserve(size_t num_rules) { rules_.reserve(num_rules); }

  /// `left` and `right` become `joined`. A pair that already exists gets the new rule.
  void add(TokenId left, TokenId right, Rule rule) { rules_.set(pair_key(left, right), rule); }

  /// The rule for two neighbors; rank kNoRank if there is none.
  Rule find(TokenId left, TokenId right) const {
    const Rule* rule = rules_.find(pair_key(left, right));
    return rule == nullptr ? Rule{} : *rule;
  }

  /// Joins until no rule applies: O(n log n) for a word of n symbols.
  void apply(Word& word) const;

 private:
  void apply_by_search(Word& word) const;

  FlatMap<Rule> rules_;
};

}  // namespace radlads::text
