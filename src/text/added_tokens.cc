#include "text/added_tokens.h"

#include <algorithm>

#include "core/utf8.h"
#include "text/unicode.h"
#include "text/vocabulary.h"

namespace radlads::text {
namespace {

// The character that ends at `end`.
size_t begin_of_last(std::string_view valid, size_t end) {
  do --end;
  while ((static_cast<uint8_t>(valid[end]) & 0xC0) == 0x80);
  return end;
}

bool is_beside_word(std::string_view valid, size_t begin, size_t end) {
  if (begin > 0) {
    size_t before = begin_of_last(valid, begin);
    if (is_word(next_character(valid, before))) return true;
  }
  return end < valid.size() && is_word(next_character(valid, end));
}

size_t skip_space_back(std::string_view valid, size_t begin, size_t limit) {
  while (begin > limit) {
    const size_t before = begin_of_last(valid, begin);
    size_t position = before;
    if (!is_white_space(next_character(valid, position))) break;
    begin = before;
  }
  return begin;
}

size_t skip_space(std::string_view valid, size_t end) {
  while (end < valid.size()) {
    size_t next = end;
    if (!is_white_space(next_character(valid, next))) break;
    end = next;
  }
  return end;
}

}  // namespace

AddedToken AddedToken::parse(const JsonField& field) {
  field.allow_only({"id", "content", "single_word", "lstrip", "rstrip", "normalized", "special"});
  return {.id = static_cast<TokenId>(field.at("id").as_integer(0, kMaxVocabulary - 1)),
          .content = field.at("content").as_string(),
          .single_word = field.at("single_word").as_bool(),
          .lstrip = field.at("lstrip").as_bool(),
          .rstrip = field.at("rstrip").as_bool(),
          .normalized = field.at("normalized").as_bool(),
          .special = field.at("special").as_bool()};
}

AddedTokenFinder::AddedTokenFinder(std::vector<AddedToken> tokens) : tokens_(std::move(tokens)) {
  // One without content would match everywhere. Of tokens that normalization made equal the first special one
  // counts, else the first.
  std::erase_if(tokens_, [](const AddedToken& token) { return token.content.empty(); });
  std::stable_partition(tokens_.begin(), tokens_.end(),
                        [](const AddedToken& token) { return token.special; });
  std::vector<std::pair<std::string_view, TokenId>> strings;
  for (size_t i = 0; i < tokens_.size(); ++i)
    strings.emplace_back(tokens_[i].content, static_cast<TokenId>(i));
  std::sort(strings.begin(), strings.end());
  const auto same = [](const auto& a, const auto& b) { return a.first == b.first; };
  strings.erase(std::unique(strings.begin(), strings.end(), same), strings.end());
  trie_ = ByteTrie(std::move(strings));
}

std::vector<AddedTokenFinder::Stretch> AddedTokenFinder::split(std::string_view valid) const {
  std::vector<Stretch> stretches;
  size_t done = 0;
  for (size_t i = trie_.empty() ? valid.size() : 0; i < valid.size();) {
    const auto match =
        trie_.starts_with(valid[i]) ? trie_.longest_prefix(valid.substr(i)) : ByteTrie::Match{};
    if (match.id == kNoToken) {
      ++i;
      continue;
    }
    const AddedToken& token = tokens_[match.id];
    size_t begin = i, end = i + match.length;
    i = end;
    if (token.single_word && is_beside_word(valid, begin, end)) continue;
    // White space that was taken with the token before is not taken again: a token of nothing else is lost.
    // (Without lstrip it is still a token, as in the tokenizers library.)
    if (token.lstrip) begin = std::max(skip_space_back(valid, begin, done), done);
    if (token.rstrip) end = skip_space(valid, end);
    if (done < begin) stretches.push_back({valid.substr(done, begin - done), kNoToken});
    if (begin < end) stretches.push_back({valid.substr(begin, end - begin), token.id});
    done = std::max(begin, end);
  }
  if (done < valid.size()) stretches.push_back({valid.substr(done), kNoToken});
  return stretches;
}

}  // namespace radlads::text
