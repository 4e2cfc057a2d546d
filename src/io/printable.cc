#include "io/printable.h"

#include <nlohmann/json.hpp>

#include "core/utf8.h"

namespace radlads {

std::string printable(std::string_view text) {
  constexpr size_t kMaxBytes = 100;
  size_t size = text.size();
  if (size > kMaxBytes) {
    size = kMaxBytes;
    while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0u) == 0x80u)
      --size;  // a character stays whole
  }
  std::string line(text.substr(0, size));
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  }
  if (size < text.size()) line += "...";
  return line;
}

std::string in_quotes(std::string_view text) {
  constexpr size_t kLongest = 40;
  std::string storage;
  const std::string_view valid = repair_utf8(text, storage);
  size_t length = 0;
  while (length < valid.size() && length < kLongest) length += utf8_length(valid[length]);
  const std::string shown = std::string(valid.substr(0, length)) + (length < valid.size() ? "..." : "");
  return nlohmann::json(shown).dump(-1, ' ', /*ensure_ascii=*/true);
}

}  // namespace radlads
