// Metaspace, which tokenizer.json has as a pre-tokenizer and as a decoder: spaces as a visible character.
#pragma once

#include <cstdint>
#include <string>

#include "io/json_field.h"

namespace radlads::text {

/// Whether the character is put before the text: always, only at the text's beginning, or never.
enum class PrependScheme : uint8_t { kAlways, kFirst, kNever };

struct MetaspaceOptions {
  std::string replacement;  // one character, UTF-8
  PrependScheme scheme = PrependScheme::kAlways;
  bool split = true;  // words begin with the replacement

  static MetaspaceOptions parse(const JsonField& field);
};

}  // namespace radlads::text
