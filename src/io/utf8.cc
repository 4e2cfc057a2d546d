#include "io/utf8.h"

#include <cstdint>
#include <cstring>

namespace radlads {
namespace {

/// What may follow a lead byte: `length` bytes in all, the second in [second_min, second_max], the others in
/// [80, BF].
struct Sequence {
  size_t length;
  uint8_t second_min, second_max;
};

Sequence sequence_of(uint8_t lead) {
  if (lead < 0x80) return {1, 0, 0};
  if (lead < 0xC2) return {0, 0, 0};  // a continuation byte, or the start of an overlong form
  if (lead < 0xE0) return {2, 0x80, 0xBF};
  if (lead == 0xE0) return {3, 0xA0, 0xBF};
  if (lead == 0xED) return {3, 0x80, 0x9F};  // what is above would be a surrogate
  if (lead < 0xF0) return {3, 0x80, 0xBF};
  if (lead == 0xF0) return {4, 0x90, 0xBF};
  if (lead < 0xF4) return {4, 0x80, 0xBF};
  if (lead == 0xF4) return {4, 0x80, 0x8F};
  return {0, 0, 0};
}

/// The length of the character at the start of `text`; 0 if there is no whole, valid one.
size_t character_length(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const Sequence sequence = sequence_of(byte(0));
  if (sequence.length > text.size()) return 0;
  if (sequence.length > 1 && (byte(1) < sequence.second_min || byte(1) > sequence.second_max)) return 0;
  for (size_t i = 2; i < sequence.length; ++i) {
    if ((byte(i) & 0xC0u) != 0x80u) return 0;
  }
  return sequence.length;
}

bool is_ascii8(const char* text) {
  uint64_t bytes = 0;
  std::memcpy(&bytes, text, sizeof bytes);
  return (bytes & 0x8080808080808080u) == 0;
}

}  // namespace

size_t valid_utf8_prefix(std::string_view text) {
  size_t i = 0;
  while (i < text.size()) {
    if (text.size() - i >= 8 && is_ascii8(text.data() + i)) {
      i += 8;
      continue;
    }
    const size_t length = character_length(text.substr(i));
    if (length == 0) return i;
    i += length;
  }
  return i;
}

}  // namespace radlads
