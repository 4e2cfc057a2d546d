// The smallest parts of a word and their tokens: bytes, for vocabularies that spell bytes in the byte-level
// alphabet, or characters. A unit that is not a token becomes the tokens <0xNN> of its bytes, else the
// unknown token, else nothing.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "core/utf8.h"
#include "text/flat_map.h"
#include "text/merges.h"
#include "text/vocabulary.h"

namespace radlads::text {

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

}  // namespace radlads::text
