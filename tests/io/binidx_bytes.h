// binidx files made by hand, right or wrong.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace radlads {

/// Values as they are in a file, one after the other.
template <class T>
std::string packed(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

/// An .idx file; by default three sequences of 2, 1 and 3 u16 tokens, one document each, for a .bin of 12
/// bytes.
struct IndexParts {
  std::string magic{"MMIDIDX\0\0", 9};
  uint64_t version = 1;
  uint8_t code = 8;
  std::vector<int32_t> sizes = {2, 1, 3};
  std::vector<int64_t> pointers = {0, 4, 6};
  std::vector<int64_t> doc_idx = {0, 1, 2, 3};

  std::string bytes() const {
    return magic + packed<uint64_t>({version}) + static_cast<char>(code) +
           packed<uint64_t>({sizes.size(), doc_idx.size()}) + packed(sizes) + packed(pointers) +
           packed(doc_idx);
  }
};

}  // namespace radlads
