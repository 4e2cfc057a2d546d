// A byte stream cut at a delimiter into pieces, of valid UTF-8 unless asked otherwise. Keeps one piece and
// one chunk in memory at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "io/byte_stream.h"

namespace radlads {

/// kNone: the caller checks the pieces.
enum class PieceCheck : uint8_t { kUtf8, kNone };

class TextPieces {
 public:
  /// The delimiter is ASCII and not empty.
  TextPieces(std::unique_ptr<ByteStream> stream, std::string_view delimiter,
             PieceCheck check = PieceCheck::kUtf8, size_t chunk_bytes = 1 << 18);

  /// The next piece without its delimiter, or nullopt at the end; valid until the next call. A byte order
  /// mark at the stream's start is dropped. UserError naming file, line and byte at the first byte that is
  /// zero or not UTF-8, after all whole pieces before it.
  std::optional<std::string_view> next();

  /// The line, from 1, on which the last piece begins.
  int64_t line() const { return line_; }

 private:
  bool read_chunk();
  std::string_view take(size_t end, size_t delimiter_size);
  void check_utf8(size_t end, bool may_go_on);

  std::unique_ptr<ByteStream> stream_;
  std::string delimiter_;
  PieceCheck check_;
  size_t chunk_bytes_;
  std::string buffer_;     // a window on the stream
  int64_t discarded_ = 0;  // bytes of the stream before the window
  size_t piece_ = 0;       // in the window: start of the last piece,
  size_t begin_ = 0;       // start of what has not been returned yet,
  size_t scanned_ = 0;     // no delimiter starts in [begin_, scanned_),
  size_t valid_ = 0;       // [begin_, valid_) is UTF-8
  int64_t line_ = 1;       // of piece_
  bool at_end_ = false;
};

}  // namespace radlads
