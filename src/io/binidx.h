// Megatron's binidx token files: NAME.bin has the tokens, NAME.idx where its sequences are.
//
// .idx: "MMIDIDX\0\0", u64 version 1, u8 dtype code, u64 number of sequences, u64 number of document
// boundaries, i32 sizes[] (tokens), i64 pointers[] (bytes in .bin), i64 doc_idx[]. Document d is the
// sequences doc_idx[d] .. doc_idx[d + 1]; where a file marks no documents (doc_idx is empty or [0]), every
// sequence is a document. Published sets have one sequence per document, and then both readings agree.
// Documents without tokens are dropped.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "io/mapped_file.h"

namespace radlads {

/// A token file, as a user names it: NAME.bin, NAME.idx, or NAME where only these two exist.
bool is_binidx(const std::filesystem::path& path);

/// `path`, which may end with .bin or .idx already, with the given one of these endings, or "" for none.
std::filesystem::path binidx_path(std::filesystem::path path, std::string_view ending);

/// Read-only, memory-mapped. Token types u8, i8, i16, u16, i32, i64 are read.
class Binidx {
 public:
  /// `path` with or without .bin/.idx. Every field is checked; UserError naming the file and the field.
  explicit Binidx(const std::filesystem::path& path);

  int64_t num_documents() const { return static_cast<int64_t>(offsets_.size()) - 1; }
  int64_t num_tokens() const { return offsets_.back(); }

  /// Document d is the tokens offsets()[d] .. offsets()[d + 1] of the stream of all documents.
  std::span<const int64_t> offsets() const { return offsets_; }

  /// Copies tokens [begin, begin + out.size()) of the stream of all documents, whose sequences may be
  /// anywhere in the file. UserError if one is negative or exceeds 2^31 - 1. Thread-safe.
  void read(int64_t begin, std::span<int32_t> out) const;

 private:
  /// Tokens of the stream from `begin` up to the next run are in one piece at byte `pointer` of .bin.
  struct Run {
    int64_t begin = 0;
    int64_t pointer = 0;
  };

  void read_piece(int64_t pointer, std::span<int32_t> out) const;

  MappedFile tokens_;
  int code_ = 0;
  int64_t token_bytes_ = 0;
  std::vector<int64_t> offsets_;  // [num_documents + 1], in tokens of the stream
  std::vector<Run> runs_;         // by begin; a single one where the file is in order
};

/// Writes NAME.bin and NAME.idx; both appear under their names in commit(), .idx last. Tokens are stored as
/// u16 when `vocab_size` is at most 65536, else as i32.
class BinidxWriter {
 public:
  BinidxWriter(const std::filesystem::path& path, int64_t vocab_size);
  ~BinidxWriter();

  /// At least one token, each in [0, vocab_size) (InternalError).
  void append(std::span<const int32_t> document);

  /// Without it the destructor leaves nothing. Call once, last.
  void commit();

  int64_t num_tokens() const;
  int64_t num_documents() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace radlads
