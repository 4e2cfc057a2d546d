// SHA-256 (FIPS 180-4): names contents, such as a document or a prompt, by their bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace radlads {

/// The digest of bytes that come in pieces.
class Sha256 {
 public:
  void update(std::string_view bytes);

  /// 64 hexadecimal digits, in lower case, of all bytes so far; more may follow.
  std::string hex() const;

 private:
  static constexpr size_t kBlockBytes = 64;

  void compress(const uint8_t* block);

  std::array<uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<uint8_t, kBlockBytes> held_{};  // the last, unfinished block
  uint64_t num_bytes_ = 0;
};

std::string sha256_hex(std::string_view bytes);

}  // namespace radlads
