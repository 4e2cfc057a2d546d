#include "io/printable.h"

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

}  // namespace radlads
