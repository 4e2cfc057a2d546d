// The bytes of a file in order, decompressed.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

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

/// A stream with a beginning that can be inspected before it is read; a pipe has nothing else to tell what it
/// is.
class PeekedStream final : public ByteStream {
 public:
  static constexpr size_t kHeadBytes = 1 << 16;

  explicit PeekedStream(std::unique_ptr<ByteStream> source);

  size_t read(std::span<char> target) override;

  /// The first kHeadBytes of the stream, or all of a shorter one.
  std::string_view head() const { return head_; }

  /// Whether the head is valid UTF-8 without a zero byte; a character may be cut off at its end.
  bool begins_with_text() const;

 private:
  std::unique_ptr<ByteStream> source_;
  std::string head_;
  size_t taken_ = 0;  // of head_, by read()
};

/// Decompresses gzip (one or several members) and zstd (one or several frames), whatever the file is called.
/// UserError for a folder, and for a file that cannot be read.
std::unique_ptr<PeekedStream> open_byte_stream(const std::filesystem::path& path);

/// The rest of a stream.
std::string read_all(ByteStream& stream);

}  // namespace radlads
