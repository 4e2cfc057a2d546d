#include "io/binidx.h"

#include <algorithm>
#include <system_error>
#include <type_traits>
#include <utility>

#include "core/error.h"
#include "io/binidx_index.h"
#include "io/little_endian.h"

namespace radlads {
namespace {

/// Where each document that has tokens begins in the stream, given where each sequence does.
std::vector<int64_t> document_offsets(const BinidxIndex& index,
                                      const std::vector<int64_t>& sequence_offsets) {
  const bool marks_documents = index.num_boundaries() > 1;
  const uint64_t count = marks_documents ? index.num_boundaries() : sequence_offsets.size();
  std::vector<int64_t> offsets = {0};
  for (uint64_t d = 1; d < count; ++d) {
    const uint64_t sequence = marks_documents ? static_cast<uint64_t>(index.boundary(d)) : d;
    const int64_t end = sequence_offsets[static_cast<size_t>(sequence)];
    if (end > offsets.back()) offsets.push_back(end);
  }
  return offsets;
}

/// Returns how many tokens were copied before the first that is not an int32 from 0 on.
template <class T>
size_t widen(const std::byte* source, std::span<int32_t> out) {
  for (size_t i = 0; i < out.size(); ++i) {
    const T token = load_integer<T>(source + i * sizeof(T));
    if (std::cmp_less(token, 0) || std::cmp_greater(token, INT32_MAX)) return i;
    out[i] = static_cast<int32_t>(static_cast<std::make_unsigned_t<T>>(token));
  }
  return out.size();
}

size_t widen_by_code(int code, const std::byte* source, std::span<int32_t> out) {
  switch (code) {
    case 1:
      return widen<uint8_t>(source, out);
    case 2:
      return widen<int8_t>(source, out);
    case 3:
      return widen<int16_t>(source, out);
    case 4:
      return widen<int32_t>(source, out);
    case 5:
      return widen<int64_t>(source, out);
    default:
      return widen<uint16_t>(source, out);
  }
}

}  // namespace

std::filesystem::path binidx_path(std::filesystem::path path, std::string_view ending) {
  if (path.extension() == ".bin" || path.extension() == ".idx") path.replace_extension();
  return path += ending;
}

bool is_binidx(const std::filesystem::path& path) {
  if (path.extension() == ".bin" || path.extension() == ".idx") return true;
  const auto is_file = [](const std::filesystem::path& file) {
    std::error_code ignored;
    return std::filesystem::is_regular_file(file, ignored);
  };
  return !is_file(path) && is_file(binidx_path(path, ".bin")) && is_file(binidx_path(path, ".idx"));
}

Binidx::Binidx(const std::filesystem::path& path) : tokens_(binidx_path(path, ".bin")) {
  const BinidxIndex index(binidx_path(path, ".idx"), tokens_);
  code_ = index.code();
  token_bytes_ = binidx_token_bytes(code_);
  std::vector<int64_t> sequence_offsets = {0};
  sequence_offsets.reserve(index.num_sequences() + 1);
  int64_t run_end = -1;  // in bytes of .bin
  for (uint64_t i = 0; i < index.num_sequences(); ++i) {
    const int64_t begin = sequence_offsets.back();
    sequence_offsets.push_back(begin + index.size(i));
    if (index.size(i) == 0) continue;
    if (index.pointer(i) != run_end) runs_.push_back({begin, index.pointer(i)});
    run_end = index.pointer(i) + index.size(i) * token_bytes_;
  }
  offsets_ = document_offsets(index, sequence_offsets);
}

void Binidx::read(int64_t begin, std::span<int32_t> out) const {
  const auto count = static_cast<int64_t>(out.size());
  RADLADS_CHECK(begin >= 0 && begin <= num_tokens() - count, "tokens {} to {} of {}", begin, begin + count,
                num_tokens());
  if (out.empty()) return;
  const auto starts_after = [](int64_t token, const Run& run) { return token < run.begin; };
  const auto first = std::upper_bound(runs_.begin(), runs_.end(), begin, starts_after) - 1;
  for (auto run = first; !out.empty(); ++run) {
    const int64_t run_end = run + 1 == runs_.end() ? num_tokens() : (run + 1)->begin;
    const auto piece = out.first(std::min(out.size(), static_cast<size_t>(run_end - begin)));
    read_piece(run->pointer + (begin - run->begin) * token_bytes_, piece);
    begin += static_cast<int64_t>(piece.size());
    out = out.subspan(piece.size());
  }
}

void Binidx::read_piece(int64_t pointer, std::span<int32_t> out) const {
  const size_t good = widen_by_code(code_, tokens_.bytes().data() + pointer, out);
  if (good < out.size()) {
    fail("[read_binidx] token at byte {}: not between 0 and 2^31 - 1 in {}",
         pointer + static_cast<int64_t>(good) * token_bytes_, tokens_.path().string());
  }
}

}  // namespace radlads
