// What perplexity and comparison share: documents read in batches, and the logits of a batch piece by piece,
// so that neither [tokens, V] nor all hidden states are ever in memory.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "eval/score.h"
#include "infer/runner.h"

namespace radlads::eval {

using Batch = std::span<const std::vector<TokenId>* const>;

/// Calls visit(batch) with batches of documents of similar length, so that no pass is much larger than it
/// needs to be. Shows progress.
void for_each_batch(const Documents& documents, const std::function<void(Batch)>& visit);

/// One model that reads batches of documents, each from a fresh state.
class BatchReader {
 public:
  BatchReader(std::shared_ptr<const infer::Weights> weights, int num_threads);

  /// Hidden states of all tokens of the documents, [M,C].
  std::span<const float> read(Batch documents) { return runner_.forward(open(documents)); }

  /// The same, with the blocks and the end left to the caller.
  infer::Runner& begin(Batch documents);

  infer::Runner& runner() { return runner_; }

 private:
  std::vector<infer::Chunk> open(Batch documents);

  infer::SessionPool pool_;
  infer::Runner runner_;
  std::vector<infer::Session> sessions_;
};

/// What every token of a batch should predict; -1 for the last of each document.
std::vector<int64_t> targets_of(Batch batch);

/// Calls visit(begin, count) for pieces of [0, rows) whose logits are in memory together.
void for_each_piece(int64_t rows, int64_t V, const std::function<void(int64_t begin, int64_t count)>& visit);

/// Rows begin .. begin + count - 1 of all [rows,width].
template <class Rows>
auto rows_of(const Rows& all, int64_t begin, int64_t count, int64_t width = 1) {
  return std::span(all).subspan(static_cast<size_t>(begin * width), static_cast<size_t>(count * width));
}

/// The cross-entropy of every row of logits; 0 where there is no target.
std::vector<float> nats_of(kernels::Context& context, std::span<const float> logits,
                           std::span<const int64_t> targets);

/// UserError if a mean of cross-entropies is not finite.
void check_number(double nats_per_token, const char* model);

}  // namespace radlads::eval
