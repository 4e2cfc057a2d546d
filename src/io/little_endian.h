// Integers as the file formats store them.
#pragma once

#include <bit>
#include <cstddef>
#include <cstring>

namespace radlads {

static_assert(std::endian::native == std::endian::little,
              "the files are little-endian, and mapped as they are");

/// The integer at `bytes`, which need not be aligned.
template <class T>
T load_integer(const std::byte* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

}  // namespace radlads
