// What a teacher has written so far: batches of documents, each on the disk before the next begins, so that
// sampling that was killed resumes where it stopped.
//
// Two lines of text, the origin and the documents of a batch; then for every batch i32 num_documents, i32
// sizes[] (tokens), i32 tokens[], and u64, a checksum of these.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "text/tokenizer.h"

namespace radlads {

using DocumentBatch = std::vector<std::vector<TokenId>>;

/// Not thread-safe, and for one process at a time. Failures of the disk are UserErrors that name the file.
class SelfTextFile {
 public:
  /// `origin` (one line) names everything that the text depends on. A file of another origin is emptied.
  SelfTextFile(std::filesystem::path path, std::string origin);
  ~SelfTextFile();
  SelfTextFile(const SelfTextFile&) = delete;
  SelfTextFile& operator=(const SelfTextFile&) = delete;

  /// 0 if no text has been started.
  int64_t documents_per_batch() const { return documents_per_batch_; }

  /// Starts a text; documents_per_batch must have been 0.
  void begin(int64_t documents_per_batch);

  /// Returns the complete batches in order, and cuts off what a kill left after them.
  void read(const std::function<void(const DocumentBatch&)>& on_batch);

  /// Returns when the batch is on the disk.
  void append(const DocumentBatch& batch);

 private:
  void write(std::string_view bytes);
  void cut_to(int64_t num_bytes);

  std::filesystem::path path_;
  std::string origin_;
  int descriptor_ = -1;
  int64_t documents_per_batch_ = 0;
  int64_t header_bytes_ = 0;
};

}  // namespace radlads
