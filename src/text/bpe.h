// Byte-pair encoding of words: units, then merges, with two shortcuts that do not change the result.
#pragma once

#include <string_view>
#include <vector>

#include "text/flat_map.h"
#include "text/merges.h"
#include "text/units.h"
#include "text/vocabulary.h"

namespace radlads::text {

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
