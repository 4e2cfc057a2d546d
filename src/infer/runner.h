// The forward pass of a model: prefill, scoring and batched decoding are all the same call.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "infer/pass.h"
#include "text/tokenizer.h"

namespace radlads::infer {

/// Tokens that a session reads next.
struct Chunk {
  Session* session = nullptr;
  std::span<const TokenId> tokens;
};

/// What an observer is shown of every layer, [M,C] each: the mixer's output (after o_proj) and the residual
/// stream after the block.
struct LayerOutputs {
  int64_t layer = 0;
  std::span<const float> mixer, hidden;
};

/// Not thread-safe. A steady decode loop allocates nothing.
class Runner {
 public:
  Runner(std::shared_ptr<const Weights> weights, int num_threads);

  /// Every session reads its chunk and moves on. All sessions must be of one pool of this model and differ
  /// from one another; ids must be in the vocabulary (UserError). Returns the hidden states after the last
  /// norm, [M,C], in the order of the chunks, valid until the next call.
  std::span<const float> forward(std::span<const Chunk> chunks);

  /// The head's logits [rows,V] of hidden states [rows,C], valid until the next call.
  std::span<const float> logits(std::span<const float> hidden);

  /// The logits after the last token of a session that reads `tokens` in pieces of a few hundred; [V].
  /// `tokens` must not be empty.
  std::span<const float> read(Session& session, std::span<const TokenId> tokens);

  void set_observer(std::function<void(const LayerOutputs&)> observer) { observer_ = std::move(observer); }

  const Weights& weights() const { return *weights_; }
  kernels::Context& context() { return context_; }

 private:
  void embed(std::span<const Chunk> chunks);
  void prepare_positions(std::span<const Chunk> chunks);
  void block(Pass& pass, int64_t layer);

  std::shared_ptr<const Weights> weights_;
  kernels::Context context_;
  std::function<void(const LayerOutputs&)> observer_;

  // Of the pass at hand, kept for their memory.
  Arena pass_memory_, layer_memory_, logits_memory_;
  std::vector<int64_t> boundaries_, positions_;
  std::vector<int32_t> slots_;
  std::vector<kernels::AttentionSequence> attention_sequences_;
  float *x_ = nullptr, *h_ = nullptr, *delta_ = nullptr;  // [M,C]
  float *cos_ = nullptr, *sin_ = nullptr;                 // [M,N/2]
};

}  // namespace radlads::infer
