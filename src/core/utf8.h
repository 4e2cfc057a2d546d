// UTF-8 as RFC 3629 defines it: reading characters, and repairing what is not UTF-8. Each maximal invalid
// part becomes one U+FFFD (the rule of the WHATWG Encoding Standard and of Unicode 16, section 3.9,
// "substitution of maximal subparts").
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace radlads {

inline constexpr std::string_view kReplacementCharacter = "\xEF\xBF\xBD";

enum class Utf8Status : uint8_t {
  kValid,       // a whole character
  kInvalid,     // a maximal part that no further byte could make valid
  kUnfinished,  // the bytes end within a character that is valid so far
};

/// What `bytes`, which must not be empty, starts with.
struct Utf8Part {
  Utf8Status status;
  uint8_t length;      // in bytes
  char32_t character;  // if valid
};
Utf8Part read_utf8(std::string_view bytes);

/// The character of valid UTF-8 at `position`, which moves on past it.
char32_t next_character(std::string_view valid, size_t& position);

/// Bytes of the character that starts with `lead` in valid UTF-8.
inline size_t utf8_length(char lead) {
  const auto byte = static_cast<uint8_t>(lead);
  return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

void append_utf8(char32_t character, std::string& out);

bool is_ascii(std::string_view bytes);

/// The length of the longest prefix that consists of whole, valid characters.
size_t valid_utf8_prefix(std::string_view bytes);
bool is_utf8(std::string_view bytes);

/// "byte 4 (0xE9) is not valid UTF-8", counted from 1; "" of what is valid.
std::string utf8_mistake(std::string_view bytes);

/// `bytes` itself if it is valid UTF-8, else a repaired copy, kept in `storage`.
std::string_view repair_utf8(std::string_view bytes, std::string& storage);

/// Repairs a stream of bytes: those of a character are held back until it is complete or can no longer be
/// valid.
class Utf8Repairer {
 public:
  void push(std::string_view bytes, std::string& out);

  /// The end of the stream: what is still held back is invalid.
  void finish(std::string& out);

 private:
  std::string held_;  // an unfinished character
};

}  // namespace radlads
