// Byte-pair encoding of words (Sennrich et al., 2016): a word's units, then as long as neighbors have a merge
// rule, the pair with the lowest rank is joined, the leftmost first. Two shortcuts do not change the result.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

#include "core/utf8.h"
#include "text/flat_map.h"
#include "text/vocabulary.h"

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

/// The smallest parts of a word and their tokens: bytes, for vocabularies that spell bytes in the byte-level
/// alphabet, or characters. A unit that is not a token becomes the tokens <0xNN> of its bytes, else the
/// unknown token, else nothing.
struct UnitOptions {
  enum class Kind : uint8_t { kByte, kCharacter };

  Kind kind = Kind::kByte;
  TokenId unknown = kNoToken;
  bool fuse_unknown = false;   // a run of unknown units is one unknown token
  bool byte_fallback = false;  // try the tokens <0xNN> first
};

/// Immutable and safe for use by several threads.
class Units {
 public:
  Units(const Vocabulary& vocabulary, const UnitOptions& options);

  bool are_bytes() const { return options_.kind == UnitOptions::Kind::kByte; }

  /// Bytes of the unit that starts with `first`.
  size_t length(char first) const { return are_bytes() ? 1 : utf8_length(first); }

  /// kNoToken if the unit is not a token.
  TokenId find(std::string_view unit) const {
    if (unit.size() == 1) return single_byte_[static_cast<uint8_t>(unit[0])];
    size_t position = 0;
    const TokenId* id = longer_.find(next_character(unit, position));
    return id == nullptr ? kNoToken : *id;
  }

  /// Appends the tokens of the units of `word`, which is valid UTF-8.
  void append(std::string_view word, Merges::Word& symbols) const;

 private:
  bool append_fallback(std::string_view unit, Merges::Word& symbols) const;

  UnitOptions options_;
  std::array<TokenId, 256> single_byte_;  // of bytes, or of ASCII characters
  FlatMap<TokenId> longer_;               // of the other characters
  std::array<TokenId, 256> fallback_;     // <0xNN>
};

struct MergePair {
  TokenId left, right, joined;
};

/// Immutable and safe for use by several threads.
class Bpe {
 public:
  /// `pairs` are ordered by rank; of equal ones the last counts. With `ignore_merges` a word that is a token
  /// becomes that token, even if the merges do not produce it.
  Bpe(const Vocabulary& vocabulary, const std::vector<MergePair>& pairs, const UnitOptions& units,
      bool ignore_merges);

  /// Appends the tokens of `word`: valid UTF-8, even if the units are bytes. `scratch` is reused from call
  /// to call. O(n log n).
  void encode(std::string_view word, Merges::Word& scratch, std::vector<TokenId>& ids) const;

 private:
  void add_known_words(const Vocabulary& vocabulary);
  void add_joints(const Vocabulary& vocabulary, const std::vector<MergePair>& pairs);
  size_t end_of_part(std::string_view word, size_t begin) const;
  void encode_part(std::string_view part, Merges::Word& scratch, std::vector<TokenId>& ids) const;

  Units units_;
  Merges merges_;
  bool ignore_merges_;

  // Shortcut 1: words (in bytes) that become a single token.
  StringTable known_words_;

  // Shortcut 2, where a word may be a whole text: the pairs of neighboring units that some merge joins
  // across. Between all others the word splits into independent parts.
  bool has_parts_;
  FlatMap<bool> joints_;
};

}  // namespace radlads::text
