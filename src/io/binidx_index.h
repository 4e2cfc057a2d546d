// The .idx half of a binidx pair (binidx.h describes the format), mapped and checked.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "io/little_endian.h"
#include "io/mapped_file.h"

namespace radlads {

inline constexpr std::string_view kBinidxMagic{"MMIDIDX\0\0", 9};
inline constexpr uint64_t kBinidxVersion = 1;
inline constexpr uint64_t kBinidxHeaderBytes =
    34;  // magic, u64 version, u8 code, u64 sequences, u64 boundaries

/// Bytes of a token of a type code; 0 if the code is not an integer type.
int64_t binidx_token_bytes(int code);

class BinidxIndex {
 public:
  /// Checks every field against the file's length and against `tokens`, the .bin file. UserError naming file
  /// and field.
  BinidxIndex(const std::filesystem::path& path, const MappedFile& tokens);

  int code() const { return code_; }
  uint64_t num_sequences() const { return num_sequences_; }
  uint64_t num_boundaries() const { return num_boundaries_; }

  /// Tokens of sequence i, perhaps none; and its first byte in .bin.
  int32_t size(uint64_t i) const { return load_integer<int32_t>(sizes_ + 4 * i); }
  int64_t pointer(uint64_t i) const { return load_integer<int64_t>(pointers_ + 8 * i); }

  /// The first sequence of document d, or num_sequences() after the last. Never decreases.
  int64_t boundary(uint64_t d) const { return load_integer<int64_t>(boundaries_ + 8 * d); }

 private:
  void read_header();
  void check_sequences(const MappedFile& tokens) const;
  void check_boundaries() const;

  MappedFile file_;
  int code_ = 0;
  uint64_t num_sequences_ = 0, num_boundaries_ = 0;
  const std::byte* sizes_ = nullptr;       // i32 [num_sequences]
  const std::byte* pointers_ = nullptr;    // i64 [num_sequences]
  const std::byte* boundaries_ = nullptr;  // i64 [num_boundaries]
};

}  // namespace radlads
