// The alphabet of byte-level vocabularies, which spell every byte as one printable character: 21-7E, A1-AC
// and AE-FF as themselves, the other 68 bytes in order as U+0100, U+0101, ... (Radford et al., GPT-2, 2019).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace radlads::text {

/// The character, in UTF-8, that spells `byte`.
std::string_view byte_level_spelling(uint8_t byte);

/// The characters that spell `bytes`.
std::string spelling_of_bytes(std::string_view bytes);

/// The bytes that `spelling` (valid UTF-8) spells; nullopt if a character is not in the alphabet.
std::optional<std::string> bytes_of_spelling(std::string_view spelling);

}  // namespace radlads::text
