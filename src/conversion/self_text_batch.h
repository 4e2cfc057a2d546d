// The documents of one batch, which a teacher writes in parallel, and the file of what it has written so far:
// batches of documents, each on the disk before the next begins, so that sampling that was killed resumes
// where it stopped.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "infer/runner.h"
#include "infer/sampler.h"
#include "text/tokenizer.h"

namespace radlads {

using DocumentBatch = std::vector<std::vector<TokenId>>;

/// Two lines of text, the origin and the documents of a batch; then for every batch i32 num_documents, i32
/// sizes[] (tokens), i32 tokens[], and u64, a checksum of these.
///
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

/// What all documents of a text have in common.
struct DocumentRules {
  std::vector<TokenId> start;  // not empty
  std::vector<int64_t> stops;  // end a document, and are not part of it
  int64_t context = 0;         // its maximum length
  double temperature = 1;
  uint64_t seed = 1;
};

/// Bytes that a document takes while it is written: its caches at full length, its logits, its sampler.
int64_t bytes_per_document(const ModelConfig& config, int64_t context);

/// Not thread-safe; each thread that writes batches has one.
class BatchWriter {
 public:
  BatchWriter(const std::shared_ptr<const infer::Weights>& teacher, const DocumentRules& rules,
              int64_t documents_per_batch, int num_threads);

  /// Batch `number`, which depends on nothing else. `go_on` is told after every step how many tokens it gave;
  /// nullopt if it returns false.
  std::optional<DocumentBatch> write(int64_t number, const std::function<bool(int64_t tokens)>& go_on);

 private:
  struct Document {
    infer::Session session;
    infer::Sampler sampler;
    std::vector<TokenId> ids;
    bool is_finished = false;
  };

  Document begin(int64_t number);
  void advance(std::span<Document* const> documents);

  const DocumentRules& rules_;
  size_t documents_per_batch_, V_;
  int num_threads_;
  infer::SessionPool pool_;
  infer::Runner runner_;
};

}  // namespace radlads
