#include "text/stand_ins.h"

#include <algorithm>
#include <array>

#include "core/utf8.h"

namespace radlads::text {
namespace {

constexpr char32_t kLetter3 = 0xA000;   // YI SYLLABLE IT, 3 bytes
constexpr char32_t kLetter4 = 0x10000;  // LINEAR B SYLLABLE B008 A, 4 bytes
constexpr char32_t kHan4 = 0x20000;     // an ideograph, 4 bytes
constexpr char32_t kNumber4 = 0x104A0;  // OSMANYA DIGIT ZERO, 4 bytes
constexpr char32_t kNoSpace3 = 0x200B;  // ZERO WIDTH SPACE, which is not White_Space, 3 bytes

struct Range {
  char32_t first, last, stand_in;
};

// MONGOLIAN VOWEL SEPARATOR, and the letters and numbers of UnicodeData.txt 16.0 that 14.0 does not have.
constexpr auto kRanges = std::to_array<Range>({
    {0x180E, 0x180E, kNoSpace3},  {0x1C89, 0x1C8A, kLetter3},   {0xA7CB, 0xA7CD, kLetter3},
    {0xA7DA, 0xA7DC, kLetter3},   {0x105C0, 0x105F3, kLetter4}, {0x10D40, 0x10D49, kNumber4},
    {0x10D4A, 0x10D65, kLetter4}, {0x10D6F, 0x10D85, kLetter4}, {0x10EC2, 0x10EC4, kLetter4},
    {0x1123F, 0x11240, kLetter4}, {0x11380, 0x11389, kLetter4}, {0x1138B, 0x1138B, kLetter4},
    {0x1138E, 0x1138E, kLetter4}, {0x11390, 0x113B5, kLetter4}, {0x113B7, 0x113B7, kLetter4},
    {0x113D1, 0x113D1, kLetter4}, {0x113D3, 0x113D3, kLetter4}, {0x116D0, 0x116E3, kNumber4},
    {0x11BC0, 0x11BE0, kLetter4}, {0x11BF0, 0x11BF9, kNumber4}, {0x11F02, 0x11F02, kLetter4},
    {0x11F04, 0x11F10, kLetter4}, {0x11F12, 0x11F33, kLetter4}, {0x11F50, 0x11F59, kNumber4},
    {0x1342F, 0x1342F, kLetter4}, {0x13441, 0x13446, kLetter4}, {0x13460, 0x143FA, kLetter4},
    {0x16100, 0x1611D, kLetter4}, {0x16130, 0x16139, kNumber4}, {0x16D40, 0x16D6C, kLetter4},
    {0x16D70, 0x16D79, kNumber4}, {0x18CFF, 0x18CFF, kLetter4}, {0x1B132, 0x1B132, kLetter4},
    {0x1B155, 0x1B155, kLetter4}, {0x1CCF0, 0x1CCF9, kNumber4}, {0x1D2C0, 0x1D2D3, kNumber4},
    {0x1DF25, 0x1DF2A, kLetter4}, {0x1E030, 0x1E06D, kLetter4}, {0x1E4D0, 0x1E4EB, kLetter4},
    {0x1E4F0, 0x1E4F9, kNumber4}, {0x1E5D0, 0x1E5ED, kLetter4}, {0x1E5F0, 0x1E5F0, kLetter4},
    {0x1E5F1, 0x1E5FA, kNumber4}, {0x2B739, 0x2B739, kHan4},    {0x2EBF0, 0x2EE5D, kHan4},
    {0x31350, 0x323AF, kHan4},
});

const Range* range_of(char32_t character) {
  const auto after =
      std::upper_bound(kRanges.begin(), kRanges.end(), character,
                       [](char32_t wanted, const Range& range) { return wanted < range.first; });
  if (after == kRanges.begin() || std::prev(after)->last < character) return nullptr;
  return &*std::prev(after);
}

// The position, at or after `position`, of the next character that has a stand-in.
size_t next_difference(std::string_view valid, size_t position) {
  while (position < valid.size()) {
    // No character below U+1000 has one.
    if (static_cast<uint8_t>(valid[position]) < 0xE1) {
      position += utf8_length(valid[position]);
      continue;
    }
    size_t next = position;
    if (range_of(next_character(valid, next)) != nullptr) break;
    position = next;
  }
  return position;
}

}  // namespace

std::string_view with_stand_ins(std::string_view valid, std::string& storage) {
  size_t position = next_difference(valid, 0);
  if (position == valid.size()) return valid;
  storage = valid;
  std::string stand_in;
  while (position < valid.size()) {
    size_t next = position;
    stand_in.clear();
    append_utf8(range_of(next_character(valid, next))->stand_in, stand_in);
    storage.replace(position, next - position, stand_in);
    position = next_difference(valid, next);
  }
  return storage;
}

}  // namespace radlads::text
