#include "io/byte_stream.h"

#include <algorithm>
#include <new>
#include <string_view>
#include <vector>

#include <zlib.h>
#include <zstd.h>

#include "core/error.h"
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
  explicit GzipStream(const std::filesystem::path& path)
      : ByteStream(path), file_(path, kOperation), input_(kInputBytes) {
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
      if (member_ended_ && decoder_.avail_in == 0) return 0;
      if (member_ended_) inflateReset(&decoder_);
      const int status = inflate(&decoder_, Z_NO_FLUSH);
      member_ended_ = status == Z_STREAM_END;
      // No progress without input is the end of the file inside a member: what was decoded has been handed
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
    decoder_.avail_in = static_cast<uInt>(file_.read(input_));
  }

  InputFile file_;
  std::vector<std::byte> input_;
  z_stream decoder_{};
  bool member_ended_ = false;
};

class ZstdStream final : public ByteStream {
 public:
  explicit ZstdStream(const std::filesystem::path& path)
      : ByteStream(path), file_(path, kOperation), buffer_(kInputBytes), decoder_(ZSTD_createDStream()) {
    if (decoder_ == nullptr) throw std::bad_alloc();
    // Large public dumps are made with --long=31, which zstd refuses unless asked.
    ZSTD_DCtx_setParameter(decoder_.get(), ZSTD_d_windowLogMax, 31);
  }

  size_t read(std::span<char> target) override {
    ZSTD_outBuffer output{target.data(), target.size(), 0};
    while (output.pos == 0) {
      if (input_.pos == input_.size) input_ = {buffer_.data(), file_.read(buffer_), 0};
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

  InputFile file_;
  std::vector<std::byte> buffer_;
  ZSTD_inBuffer input_{nullptr, 0, 0};
  std::unique_ptr<ZSTD_DStream, Free> decoder_;
  bool frame_ended_ = false;
};

}  // namespace

std::unique_ptr<ByteStream> open_byte_stream(const std::filesystem::path& path) {
  if (path.extension() == ".gz") return std::make_unique<GzipStream>(path);
  if (path.extension() == ".zst") return std::make_unique<ZstdStream>(path);
  return std::make_unique<PlainStream>(path);
}

}  // namespace radlads
