#include "text/units.h"

#include <fmt/format.h>

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

}  // namespace radlads::text
