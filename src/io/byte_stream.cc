#include "io/byte_stream.h"

#include <algorithm>
#include <new>
#include <string_view>
#include <system_error>
#include <vector>

#include <zlib.h>
#include <zstd.h>

#include "core/error.h"
#include "core/utf8.h"
#include "io/input_file.h"

namespace radlads {
namespace {

constexpr std::string_view kOperation = "read_text";
constexpr size_t kInputBytes = 1 << 17;

class PlainStream final : public ByteStream {
 public:
  explicit PlainStream(const std::filesystem::path& path) : ByteStream(path), file_(path, kOperation) {}

  size_t read(std::span<char> target) override { return file_.read(std::as_writable_bytes(target)); }

 private:
  InputFile file_;
};

[[noreturn]] void fail_truncated(const std::filesystem::path& path) {
  fail("[{}] {}: the compressed data is cut off; download or copy the file again", kOperation, path.string());
}

[[noreturn]] void fail_broken(const std::filesystem::path& path, std::string_view format,
                              const char* reason) {
  fail("[{}] {}: broken {} data ({}); download or copy the file again", kOperation, path.string(), format,
       reason);
}

class GzipStream final : public ByteStream {
 public:
  explicit GzipStream(std::unique_ptr<ByteStream> source)
      : ByteStream(source->path()), source_(std::move(source)), input_(kInputBytes) {
    constexpr int kGzipOnly = 16;
    if (inflateInit2(&decoder_, MAX_WBITS + kGzipOnly) != Z_OK) throw std::bad_alloc();
  }
  ~GzipStream() override { inflateEnd(&decoder_); }

  size_t read(std::span<char> target) override {
    const auto room = static_cast<uInt>(std::min<size_t>(target.size(), 1 << 30));
    decoder_.next_out = reinterpret_cast<Bytef*>(target.data());
    decoder_.avail_out = room;
    while (decoder_.avail_out == room) {
      if (decoder_.avail_in == 0) refill();
      if (member_ended_) {
        skip_padding();
        if (decoder_.avail_in == 0) return 0;
        inflateReset(&decoder_);
      }
      const int status = inflate(&decoder_, Z_NO_FLUSH);
      member_ended_ = status == Z_STREAM_END;
      // No progress without input is the end of the file inside a member: what was decoded has been passed
      // out before.
      if (status == Z_BUF_ERROR) fail_truncated(path());
      if (status != Z_OK && status != Z_STREAM_END) {
        fail_broken(path(), "gzip", decoder_.msg != nullptr ? decoder_.msg : "preset dictionary");
      }
    }
    return room - decoder_.avail_out;
  }

 private:
  void refill() {
    decoder_.next_in = reinterpret_cast<Bytef*>(input_.data());
    decoder_.avail_in = static_cast<uInt>(source_->read(input_));
  }

  /// Zero bytes after a member fill the last block of a tape or an image; Python skips them too.
  void skip_padding() {
    while (decoder_.avail_in > 0 && *decoder_.next_in == 0) {
      ++decoder_.next_in;
      if (--decoder_.avail_in == 0) refill();
    }
  }

  std::unique_ptr<ByteStream> source_;
  std::vector<char> input_;
  z_stream decoder_{};
  bool member_ended_ = false;
};

class ZstdStream final : public ByteStream {
 public:
  explicit ZstdStream(std::unique_ptr<ByteStream> source)
      : ByteStream(source->path()),
        source_(std::move(source)),
        buffer_(kInputBytes),
        decoder_(ZSTD_createDStream()) {
    if (decoder_ == nullptr) throw std::bad_alloc();
    // Large public dumps are made with --long=31, which zstd refuses unless asked.
    ZSTD_DCtx_setParameter(decoder_.get(), ZSTD_d_windowLogMax, 31);
  }

  size_t read(std::span<char> target) override {
    ZSTD_outBuffer output{target.data(), target.size(), 0};
    while (output.pos == 0) {
      if (input_.pos == input_.size) input_ = {buffer_.data(), source_->read(buffer_), 0};
      const bool at_end = input_.size == 0;
      if (at_end && frame_ended_) return 0;
      const size_t status = ZSTD_decompressStream(decoder_.get(), &output, &input_);
      if (ZSTD_isError(status) != 0) fail_broken(path(), "zstd", ZSTD_getErrorName(status));
      frame_ended_ = status == 0;
      if (at_end && output.pos == 0 && !frame_ended_) fail_truncated(path());
    }
    return output.pos;
  }

 private:
  struct Free {
    void operator()(ZSTD_DStream* decoder) const { ZSTD_freeDStream(decoder); }
  };

  std::unique_ptr<ByteStream> source_;
  std::vector<char> buffer_;
  ZSTD_inBuffer input_{nullptr, 0, 0};
  std::unique_ptr<ZSTD_DStream, Free> decoder_;
  bool frame_ended_ = false;
};

/// By the first bytes; where these are damaged or cut off, by the name. A file that was decompressed but kept
/// its name is text, and is read as it is.
bool is_compressed(const PeekedStream& file, std::string_view magic, std::string_view ending) {
  const std::string_view begin = file.head().substr(0, magic.size());
  if (file.path().extension() == ending) return magic.starts_with(begin) || !file.begins_with_text();
  return begin == magic;
}

bool begins_with_skippable_frame(std::string_view head) {
  return head.size() >= 4 && (head[0] & 0xF0) == 0x50 && head.substr(1, 3) == "\x2A\x4D\x18";
}

}  // namespace

PeekedStream::PeekedStream(std::unique_ptr<ByteStream> source)
    : ByteStream(source->path()), source_(std::move(source)), head_(kHeadBytes, '\0') {
  size_t size = 0;
  while (size < kHeadBytes) {
    const size_t count = source_->read(std::span(head_).subspan(size));
    if (count == 0) break;
    size += count;
  }
  head_.resize(size);
}

bool PeekedStream::begins_with_text() const {
  constexpr size_t kMaxCharacterBytes = 4;
  const size_t valid = valid_utf8_prefix(head_);
  const bool may_be_cut = head_.size() == kHeadBytes && head_.size() - valid < kMaxCharacterBytes;
  return (valid == head_.size() || may_be_cut) && head_.find('\0') == std::string::npos;
}

size_t PeekedStream::read(std::span<char> target) {
  if (taken_ == head_.size()) return source_->read(target);
  const size_t count = head_.copy(target.data(), target.size(), taken_);
  taken_ += count;
  return count;
}

std::unique_ptr<PeekedStream> open_byte_stream(const std::filesystem::path& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    fail("[{}] {} is a folder; give its files, such as {}", kOperation, path.string(), (path / "*").string());
  }
  auto file = std::make_unique<PeekedStream>(std::make_unique<PlainStream>(path));
  if (is_compressed(*file, "\x1F\x8B", ".gz"))
    return std::make_unique<PeekedStream>(std::make_unique<GzipStream>(std::move(file)));
  if (is_compressed(*file, "\x28\xB5\x2F\xFD", ".zst") || begins_with_skippable_frame(file->head()))
    return std::make_unique<PeekedStream>(std::make_unique<ZstdStream>(std::move(file)));
  return file;
}

std::string read_all(ByteStream& stream) {
  std::string text, chunk(kInputBytes, '\0');
  while (const size_t count = stream.read(chunk)) text.append(chunk, 0, count);
  return text;
}

}  // namespace radlads
