#include "text/bpe.h"

#include <optional>
#include <string>

#include "text/byte_level.h"

namespace radlads::text {
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
