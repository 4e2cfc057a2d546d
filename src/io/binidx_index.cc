#include "io/binidx_index.h"

#include <array>
#include <utility>

#include "core/error.h"

namespace radlads {
namespace {

template <class... Args>
[[noreturn]] void refuse(const MappedFile& file, std::string_view field, fmt::format_string<Args...> what,
                         Args&&... args) {
  fail("[load_binidx] {}: {} in {}", field, fmt::format(what, std::forward<Args>(args)...),
       file.path().string());
}

}  // namespace

int64_t binidx_token_bytes(int code) {
  constexpr std::array<int64_t, 9> kBytes = {0, 1, 1, 2, 4, 8, 0, 0, 2};
  return code >= 0 && code < 9 ? kBytes[static_cast<size_t>(code)] : 0;
}

BinidxIndex::BinidxIndex(const std::filesystem::path& path, const MappedFile& tokens) : file_(path) {
  read_header();
  check_sequences(tokens);
  check_boundaries();
}

void BinidxIndex::read_header() {
  const auto bytes = file_.bytes();
  const std::byte* const header = bytes.data();
  const uint64_t size = bytes.size();
  if (size < kBinidxHeaderBytes)
    refuse(file_, "header", "only {} of {} bytes are present", size, kBinidxHeaderBytes);
  if (std::string_view(reinterpret_cast<const char*>(header), kBinidxMagic.size()) != kBinidxMagic) {
    refuse(file_, "magic", "does not begin with MMIDIDX: not a token index");
  }
  const auto version = load_integer<uint64_t>(header + 9);
  if (version != kBinidxVersion)
    refuse(file_, "version", "{} is unknown (only {} is)", version, kBinidxVersion);
  code_ = load_integer<uint8_t>(header + 17);
  if (binidx_token_bytes(code_) == 0)
    refuse(file_, "dtype", "code {} is not an integer type (1 to 5, or 8)", code_);
  num_sequences_ = load_integer<uint64_t>(header + 18);
  num_boundaries_ = load_integer<uint64_t>(header + 26);
  // Counts above the file's size are wrong, and would make the sum overflow.
  const bool plausible = num_sequences_ <= size && num_boundaries_ <= size;
  if (!plausible || size != kBinidxHeaderBytes + 12 * num_sequences_ + 8 * num_boundaries_) {
    refuse(file_, "counts",
           "{} sequences and {} document boundaries do not make {} bytes (truncated or damaged)",
           num_sequences_, num_boundaries_, size);
  }
  sizes_ = header + kBinidxHeaderBytes;
  pointers_ = sizes_ + 4 * num_sequences_;
  boundaries_ = pointers_ + 8 * num_sequences_;
}

void BinidxIndex::check_sequences(const MappedFile& tokens) const {
  const auto bin_bytes = static_cast<int64_t>(tokens.bytes().size());
  const int64_t token_bytes = binidx_token_bytes(code_);
  for (uint64_t i = 0; i < num_sequences_; ++i) {
    const int64_t pointer_bytes = pointer(i), size_bytes = size(i) * token_bytes;
    if (size_bytes < 0) refuse(file_, "sizes", "sequence {} has {} tokens", i, size(i));
    if (pointer_bytes < 0 || pointer_bytes % token_bytes != 0) {
      refuse(file_, "pointers", "sequence {} begins at byte {}, not a multiple of {}", i, pointer_bytes,
             token_bytes);
    }
    if (size_bytes > bin_bytes || pointer_bytes > bin_bytes - size_bytes) {
      refuse(file_, "pointers",
             "sequence {} has {} bytes from byte {} on, but {} has {} bytes (truncated, or from another set)",
             i, size_bytes, pointer_bytes, tokens.path().filename().string(), bin_bytes);
    }
  }
}

void BinidxIndex::check_boundaries() const {
  if (num_boundaries_ == 0) return;
  if (boundary(0) != 0) refuse(file_, "doc_idx", "begins with {}, not 0", boundary(0));
  for (uint64_t d = 1; d < num_boundaries_; ++d) {
    if (boundary(d) < boundary(d - 1)) {
      refuse(file_, "doc_idx", "decreases from {} to {} at entry {}", boundary(d - 1), boundary(d), d);
    }
  }
  const int64_t last = boundary(num_boundaries_ - 1);
  if (num_boundaries_ > 1 && static_cast<uint64_t>(last) != num_sequences_) {
    refuse(file_, "doc_idx", "ends at sequence {}, but there are {}", last, num_sequences_);
  }
}

}  // namespace radlads
