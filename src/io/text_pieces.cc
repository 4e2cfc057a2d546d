#include "io/text_pieces.h"

#include <algorithm>
#include <utility>

#include "core/error.h"
#include "core/utf8.h"

namespace radlads {

TextPieces::TextPieces(std::unique_ptr<ByteStream> stream, std::string_view delimiter, PieceCheck check,
                       size_t chunk_bytes)
    : stream_(std::move(stream)), delimiter_(delimiter), check_(check), chunk_bytes_(chunk_bytes) {
  RADLADS_CHECK(!delimiter.empty() && chunk_bytes > 0,
                "cutting by an empty delimiter or in chunks of 0 bytes");
}

std::optional<std::string_view> TextPieces::next() {
  line_ += std::count(buffer_.begin() + static_cast<ptrdiff_t>(piece_),
                      buffer_.begin() + static_cast<ptrdiff_t>(begin_), '\n');
  piece_ = begin_;
  for (;;) {
    const size_t found = buffer_.find(delimiter_, scanned_);
    if (found != std::string::npos) return take(found, delimiter_.size());
    scanned_ = std::max(begin_, buffer_.size() - std::min(buffer_.size(), delimiter_.size() - 1));
    // Checked now, not at the piece's end, so that a binary file is not read whole before it is refused.
    check_utf8(buffer_.size(), !at_end_);
    if (at_end_ && begin_ == buffer_.size()) return std::nullopt;
    if (at_end_) return take(buffer_.size(), 0);
    at_end_ = !read_chunk();
  }
}

bool TextPieces::read_chunk() {
  buffer_.erase(0, begin_);
  discarded_ += static_cast<int64_t>(begin_);
  scanned_ -= begin_;
  valid_ -= begin_;
  piece_ = begin_ = 0;
  const size_t size = buffer_.size();
  buffer_.resize(size + chunk_bytes_);
  const size_t count = stream_->read(std::span(buffer_).subspan(size));
  buffer_.resize(size + count);
  return count > 0;
}

std::string_view TextPieces::take(size_t end, size_t delimiter_size) {
  check_utf8(end, false);
  const bool is_first = discarded_ == 0 && begin_ == 0;
  std::string_view piece = std::string_view(buffer_).substr(begin_, end - begin_);
  begin_ = scanned_ = valid_ = end + delimiter_size;
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (is_first && piece.starts_with(kByteOrderMark)) piece.remove_prefix(kByteOrderMark.size());
  return piece;
}

void TextPieces::check_utf8(size_t end, bool may_go_on) {
  constexpr size_t kMaxCharacterBytes = 4;
  if (check_ == PieceCheck::kNone || valid_ >= end) return;
  const std::string_view unchecked = std::string_view(buffer_).substr(valid_, end - valid_);
  valid_ += valid_utf8_prefix(unchecked.substr(0, unchecked.find('\0')));
  const bool may_be_cut_off = may_go_on && end - valid_ < kMaxCharacterBytes && buffer_[valid_] != '\0';
  if (valid_ == end || may_be_cut_off) return;
  const auto bad = buffer_.begin() + static_cast<ptrdiff_t>(valid_);
  const int64_t line = line_ + std::count(buffer_.begin() + static_cast<ptrdiff_t>(piece_), bad, '\n');
  if (*bad == '\0') {
    fail(
        "[read_text] line {}: a zero byte at offset {}: this is a binary file, {}; give text (UTF-8), JSON "
        "lines or "
        "Parquet",
        line, discarded_ + static_cast<int64_t>(valid_), stream_->path().string());
  }
  fail("[read_text] line {}: not UTF-8 (byte 0x{:02X} at offset {}) in {}; convert the file to UTF-8", line,
       static_cast<unsigned char>(*bad), discarded_ + static_cast<int64_t>(valid_), stream_->path().string());
}

}  // namespace radlads
