// The forward pass of a model: prefill, scoring and batched decoding are all the same call.
#pragma once

#include <memory>
#include <optional>
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

/// What a block leaves, [M,C] each: its mixer's output (after o_proj) and the residual stream after it.
struct BlockOutputs {
  std::span<const float> mixer, hidden;
};

/// Not thread-safe. A steady decode loop allocates nothing.
class Runner {
 public:
  Runner(std::shared_ptr<const Weights> weights, int num_threads);
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  /// Every session reads its chunk and advances. All sessions must be from one pool of this model and
  /// distinct; ids must be in the vocabulary (UserError). Returns the hidden states after the last norm,
  /// [M,C], in the order of the chunks, valid until the next call.
  std::span<const float> forward(std::span<const Chunk> chunks);

  /// The same for some tokens only: [rows,C] for `rows`, which ascend and count through all chunks. What the
  /// last block would compute only for the other tokens is left out.
  std::span<const float> forward(std::span<const Chunk> chunks, std::span<const int64_t> rows);

  /// The head's logits [rows,V] of hidden states [rows,C], valid until the next call.
  std::span<const float> logits(std::span<const float> hidden);

  /// The logits after the last token of a session that reads `tokens` in pieces of a few hundred; [V].
  /// `tokens` must not be empty.
  std::span<const float> read(Session& session, std::span<const TokenId> tokens);

  /// forward() in steps, for callers that look between the layers: begin, one block per layer, end.
  void begin(std::span<const Chunk> chunks);

  /// The residual stream that the next block reads, [M,C], valid until it does.
  std::span<const float> hidden() const;

  /// What the next block's mixer, after its norm, would output for another residual stream [M,C]; valid
  /// until the next call. Changes neither the pass nor the sessions. Where layers mix the first layer's
  /// values in, these come from the call before the first block, so that one must have been made.
  std::span<const float> mixer_output(std::span<const float> hidden);

  /// Runs the next block; valid until the next call.
  BlockOutputs block();

  /// After the last block; what forward() returns.
  std::span<const float> end();

  const Weights& weights() const { return *weights_; }
  kernels::Context& context() { return context_; }

 private:
  void embed(std::span<const Chunk> chunks);
  void prepare_positions(std::span<const Chunk> chunks);
  void mix_normed(Pass& pass, const float* x);
  void keep(std::span<const int64_t> rows);
  void feed_forward();

  std::shared_ptr<const Weights> weights_;
  kernels::Context context_;

  // Of the current pass, kept for their memory.
  Arena pass_memory_, layer_memory_, logits_memory_;
  std::vector<int64_t> boundaries_, positions_;
  std::vector<int32_t> slots_;
  std::vector<kernels::AttentionSequence> attention_sequences_;
  std::optional<Pass> pass_;                              // from begin to end
  int64_t layer_ = 0;                                     // the next block's
  float *x_ = nullptr, *h_ = nullptr, *delta_ = nullptr;  // [M,C]
  float* other_v_first_ = nullptr;                        // [M,Hkv,N] of mixer_output
  float *cos_ = nullptr, *sin_ = nullptr;                 // [M,N/2]
};

}  // namespace radlads::infer
