#include <algorithm>
#include <utility>

#include "core/error.h"
#include "io/binidx.h"
#include "io/binidx_index.h"
#include "io/file.h"

namespace radlads {
namespace {

constexpr size_t kFlushBytes = 1 << 20;
constexpr int kCodeI32 = 4, kCodeU16 = 8;

template <class T>
void put(std::string& bytes, T value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

/// Writes value(0) .. value(count - 1), each as a T.
template <class T, class Value>
void write_array(FileWriter& file, size_t count, Value value) {
  std::string bytes;
  for (size_t i = 0; i < count; ++i) {
    put(bytes, static_cast<T>(value(i)));
    if (bytes.size() >= kFlushBytes) {
      file.write(bytes);
      bytes.clear();
    }
  }
  file.write(bytes);
}

void write_index(FileWriter& file, int code, const std::vector<int32_t>& sizes) {
  std::string header(kBinidxMagic);
  put(header, kBinidxVersion);
  put(header, static_cast<uint8_t>(code));
  put(header, uint64_t{sizes.size()});
  put(header, uint64_t{sizes.size() + 1});
  file.write(header);
  write_array<int32_t>(file, sizes.size(), [&](size_t i) { return sizes[i]; });
  int64_t pointer = 0;
  write_array<int64_t>(file, sizes.size(), [&](size_t i) {
    return std::exchange(pointer, pointer + sizes[i] * binidx_token_bytes(code));
  });
  write_array<int64_t>(file, sizes.size() + 1, [](size_t i) { return i; });
}

}  // namespace

struct BinidxWriter::State {
  State(const std::filesystem::path& path, int64_t vocab)
      : index_path(binidx_path(path, ".idx")),
        tokens(binidx_path(path, ".bin")),
        vocab_size(vocab),
        code(vocab <= 65536 ? kCodeU16 : kCodeI32) {}

  void flush() {
    tokens.write(pending);
    pending.clear();
  }

  std::filesystem::path index_path;
  FileWriter tokens;
  int64_t vocab_size;
  int code;
  std::string pending;         // encoded tokens that are not in the file yet
  std::vector<int32_t> sizes;  // tokens of each document
  int64_t num_tokens = 0;
};

BinidxWriter::BinidxWriter(const std::filesystem::path& path, int64_t vocab_size)
    : state_(std::make_unique<State>(path, vocab_size)) {}

BinidxWriter::~BinidxWriter() = default;

void BinidxWriter::append(std::span<const int32_t> document) {
  State& state = *state_;
  RADLADS_CHECK(!document.empty() && document.size() <= INT32_MAX, "a document of {} tokens",
                document.size());
  for (const int32_t token : document) {
    RADLADS_CHECK(token >= 0 && token < state.vocab_size, "token {} of {}", token, state.vocab_size);
    if (state.code == kCodeU16) {
      put(state.pending, static_cast<uint16_t>(token));
    } else {
      put(state.pending, token);
    }
  }
  state.sizes.push_back(static_cast<int32_t>(document.size()));
  state.num_tokens += static_cast<int64_t>(document.size());
  if (state.pending.size() >= kFlushBytes) state.flush();
}

void BinidxWriter::commit() {
  state_->flush();
  FileWriter index(state_->index_path);
  write_index(index, state_->code, state_->sizes);
  state_->tokens.commit();
  index.commit();
}

int64_t BinidxWriter::num_tokens() const { return state_->num_tokens; }

int64_t BinidxWriter::num_documents() const { return static_cast<int64_t>(state_->sizes.size()); }

}  // namespace radlads
