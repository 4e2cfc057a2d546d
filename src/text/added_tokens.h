// Added tokens ("<|im_end|>"): cut out of the text before everything else. The leftmost match wins, the
// longest of several.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "io/json_field.h"
#include "text/normalizer.h"
#include "text/vocabulary.h"

namespace radlads::text {

struct AddedToken {
  TokenId id = kNoToken;
  std::string content;
  bool single_word = false;  // matches only where no word character is next to it
  bool lstrip = false;       // includes the white space before it
  bool rstrip = false;       // and after it
  bool normalized = false;   // is normalized itself, and looked for in normalized text
  bool special = false;      // left out of decoded text on demand

  static AddedToken parse(const JsonField& field);
};

/// Finds the tokens of one kind: those that are looked for in raw, or those in normalized text. Immutable.
class AddedTokenFinder {
 public:
  /// A span of the text: an added token, or (id kNoToken) what is between.
  struct Stretch {
    std::string_view text;
    TokenId id = kNoToken;
  };

  AddedTokenFinder() = default;

  /// The tokens are matched by their content: normalize it first if that is meant.
  explicit AddedTokenFinder(std::vector<AddedToken> tokens);

  /// `valid` must be valid UTF-8. No span without id is empty.
  std::vector<Stretch> split(std::string_view valid) const;

 private:
  std::vector<AddedToken> tokens_;
  ByteTrie trie_;  // of indices into tokens_
};

}  // namespace radlads::text
