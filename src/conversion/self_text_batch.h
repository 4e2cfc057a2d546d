// The documents of one batch, which a teacher writes in parallel.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "conversion/self_text_file.h"
#include "infer/runner.h"
#include "infer/sampler.h"

namespace radlads {

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
