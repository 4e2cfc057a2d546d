// safetensors files made by hand, right or wrong.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace radlads {

/// `value` as 8 little-endian bytes.
inline std::string u64_bytes(uint64_t value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

inline std::string safetensors_bytes(std::string_view header, std::string_view data) {
  return u64_bytes(header.size()).append(header).append(data);
}

}  // namespace radlads
