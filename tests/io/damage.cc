#include "io/damage.h"

#include <algorithm>

namespace radlads {
namespace {

size_t position(const std::string& bytes, Random& random) {
  return static_cast<size_t>(random.below(bytes.size()));
}

void set_integer(std::string& bytes, Random& random) {
  constexpr uint64_t kExtremes[] = {0,         1,         2, 7, 8, 255, 1u << 16, 1u << 31, uint64_t{1} << 32,
                                    INT64_MAX, UINT64_MAX};
  uint64_t value = kExtremes[random.below(std::size(kExtremes))];
  for (size_t i = position(bytes, random), end = std::min(bytes.size(), i + 8); i < end; ++i, value >>= 8) {
    bytes[i] = static_cast<char>(value);
  }
}

void change_digit(std::string& bytes, Random& random) {
  constexpr std::string_view kDigits = "0123456789";
  const size_t at = bytes.find_first_of(kDigits, position(bytes, random));
  if (at == std::string::npos) return;
  constexpr std::string_view kInstead = "0123456789-.e\"[";
  const char c = kInstead[random.below(kInstead.size())];
  if (random.below(2) == 0) {
    bytes[at] = c;
  } else {
    bytes.insert(at, 1 + random.below(20), c);
  }
}

void move_piece(std::string& bytes, Random& random) {
  const size_t begin = position(bytes, random), size = 1 + static_cast<size_t>(random.below(40));
  const std::string piece = bytes.substr(begin, size);
  const uint64_t kind = random.below(3);
  if (kind != 0) bytes.erase(begin, size);
  if (kind != 1) bytes.insert(static_cast<size_t>(random.below(bytes.size() + 1)), piece);
}

}  // namespace

std::string damaged(std::string_view bytes, Random& random) {
  std::string copy(bytes);
  for (uint64_t edits = 1 + random.below(3); edits > 0 && !copy.empty(); --edits) {
    const size_t at = position(copy, random);
    switch (random.below(6)) {
      case 0:
        copy[at] = static_cast<char>(copy[at] ^ 1 << random.below(8));
        break;
      case 1:
        copy[at] = static_cast<char>(random.below(256));
        break;
      case 2:
        set_integer(copy, random);
        break;
      case 3:
        change_digit(copy, random);
        break;
      case 4:
        move_piece(copy, random);
        break;
      default:
        copy.resize(at);
    }
  }
  return copy;
}

}  // namespace radlads
