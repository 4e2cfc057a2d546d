// The bytes of a file in order, decompressed.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

namespace radlads {

class ByteStream {
 public:
  explicit ByteStream(std::filesystem::path path) : path_(std::move(path)) {}
  virtual ~ByteStream() = default;
  ByteStream(const ByteStream&) = delete;
  ByteStream& operator=(const ByteStream&) = delete;

  /// Fills up to target.size() (> 0) bytes and returns how many; 0 at the end only. UserError if the file
  /// cannot be read or its compression is broken or cut off.
  virtual size_t read(std::span<char> target) = 0;

  /// The file, for messages.
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// By the ending: .gz (of one or several gzip members), .zst (of one or several frames), else the file as it
/// is.
std::unique_ptr<ByteStream> open_byte_stream(const std::filesystem::path& path);

}  // namespace radlads
