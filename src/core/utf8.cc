#include "core/utf8.h"

#include <cstring>

#include <fmt/format.h>

namespace radlads {
namespace {

// What follows a lead byte in valid UTF-8 (Unicode 16, table 3-7).
struct Lead {
  uint8_t length;                  // of the character; 0: not a lead byte
  uint8_t second_min, second_max;  // the range of the second byte
};

Lead lead_of(uint8_t byte) {
  if (byte < 0x80) return {1, 0, 0};
  if (byte < 0xC2) return {0, 0, 0};
  if (byte < 0xE0) return {2, 0x80, 0xBF};
  if (byte == 0xE0) return {3, 0xA0, 0xBF};
  if (byte == 0xED) return {3, 0x80, 0x9F};
  if (byte < 0xF0) return {3, 0x80, 0xBF};
  if (byte == 0xF0) return {4, 0x90, 0xBF};
  if (byte < 0xF4) return {4, 0x80, 0xBF};
  if (byte == 0xF4) return {4, 0x80, 0x8F};
  return {0, 0, 0};
}

size_t ascii_prefix(std::string_view bytes) {
  size_t i = 0;
  for (; i + 8 <= bytes.size(); i += 8) {
    uint64_t word;
    std::memcpy(&word, bytes.data() + i, 8);
    if ((word & 0x8080808080808080u) != 0) break;
  }
  while (i < bytes.size() && static_cast<uint8_t>(bytes[i]) < 0x80) ++i;
  return i;
}

}  // namespace

Utf8Part read_utf8(std::string_view bytes) {
  const auto first = static_cast<uint8_t>(bytes[0]);
  const Lead lead = lead_of(first);
  if (lead.length == 1) return {Utf8Status::kValid, 1, first};
  if (lead.length == 0) return {Utf8Status::kInvalid, 1, 0};
  char32_t character = first & (0x7Fu >> lead.length);
  uint8_t min = lead.second_min, max = lead.second_max;
  for (uint8_t i = 1; i < lead.length; ++i) {
    if (i == bytes.size()) return {Utf8Status::kUnfinished, i, 0};
    const auto byte = static_cast<uint8_t>(bytes[i]);
    if (byte < min || byte > max) return {Utf8Status::kInvalid, i, 0};
    character = character << 6 | (byte & 0x3Fu);
    min = 0x80;
    max = 0xBF;
  }
  return {Utf8Status::kValid, lead.length, character};
}

char32_t next_character(std::string_view valid, size_t& position) {
  const auto first = static_cast<uint8_t>(valid[position]);
  const size_t length = utf8_length(valid[position]);
  char32_t character = length == 1 ? first : first & (0x7Fu >> length);
  for (size_t i = 1; i < length; ++i) {
    character = character << 6 | (static_cast<uint8_t>(valid[position + i]) & 0x3Fu);
  }
  position += length;
  return character;
}

void append_utf8(char32_t character, std::string& out) {
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | (character >> shift & 0x3F)); };
  if (character < 0x80) {
    out += static_cast<char>(character);
  } else if (character < 0x800) {
    out += static_cast<char>(0xC0 | character >> 6);
    tail(0);
  } else if (character < 0x10000) {
    out += static_cast<char>(0xE0 | character >> 12);
    tail(6), tail(0);
  } else {
    out += static_cast<char>(0xF0 | character >> 18);
    tail(12), tail(6), tail(0);
  }
}

bool is_ascii(std::string_view bytes) { return ascii_prefix(bytes) == bytes.size(); }

size_t valid_utf8_prefix(std::string_view bytes) {
  size_t i = ascii_prefix(bytes);
  while (i < bytes.size()) {
    const Utf8Part part = read_utf8(bytes.substr(i));
    if (part.status != Utf8Status::kValid) break;
    i += part.length;
    if (part.length == 1) i += ascii_prefix(bytes.substr(i));
  }
  return i;
}

bool is_utf8(std::string_view bytes) { return valid_utf8_prefix(bytes) == bytes.size(); }

std::string utf8_mistake(std::string_view bytes) {
  const size_t valid = valid_utf8_prefix(bytes);
  if (valid == bytes.size()) return "";
  return fmt::format("byte {} (0x{:02X}) is not valid UTF-8", valid + 1,
                     static_cast<unsigned char>(bytes[valid]));
}

std::string_view repair_utf8(std::string_view bytes, std::string& storage) {
  size_t valid = valid_utf8_prefix(bytes);
  if (valid == bytes.size()) return bytes;
  storage.clear();
  for (;;) {
    storage += bytes.substr(0, valid);
    bytes.remove_prefix(valid);
    if (bytes.empty()) return storage;
    storage += kReplacementCharacter;
    bytes.remove_prefix(read_utf8(bytes).length);
    valid = valid_utf8_prefix(bytes);
  }
}

void Utf8Repairer::push(std::string_view bytes, std::string& out) {
  held_ += bytes;
  std::string_view rest = held_;
  while (!rest.empty()) {
    const size_t valid = valid_utf8_prefix(rest);
    out += rest.substr(0, valid);
    rest.remove_prefix(valid);
    if (rest.empty()) break;
    const Utf8Part part = read_utf8(rest);
    if (part.status == Utf8Status::kUnfinished) break;
    out += kReplacementCharacter;
    rest.remove_prefix(part.length);
  }
  held_.erase(0, held_.size() - rest.size());
}

void Utf8Repairer::finish(std::string& out) {
  if (!held_.empty()) out += kReplacementCharacter;
  held_.clear();
}

}  // namespace radlads
