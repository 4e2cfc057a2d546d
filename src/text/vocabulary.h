// The tokens of a model, by id and by spelling.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "text/string_table.h"

namespace radlads::text {

/// Ids must stay below this: anything larger comes from a damaged file, and would only cost memory.
inline constexpr int64_t kMaxVocabulary = int64_t{1} << 22;

class Vocabulary {
 public:
  /// False, and nothing is changed, if the spelling or the id is taken. 0 <= id < kMaxVocabulary.
  bool add(std::string_view spelling, TokenId id);

  /// Makes room for this many tokens at once.
  void reserve(size_t num_tokens);

  /// kNoToken if there is no such token.
  TokenId find(std::string_view spelling) const { return ids_.find(spelling); }

  bool has(TokenId id) const { return id >= 0 && id < size() && present_[id]; }
  const std::string& spelling(TokenId id) const { return spellings_[id]; }

  /// One more than the largest id.
  int64_t size() const { return static_cast<int64_t>(spellings_.size()); }

 private:
  StringTable ids_;
  std::vector<std::string> spellings_;  // by id
  std::vector<bool> present_;           // by id
};

}  // namespace radlads::text
