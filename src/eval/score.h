// How well a model predicts texts, and how fast it decodes. A document is encoded with the tokenizer's
// special tokens, cut, and read alone from a fresh state.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "infer/runner.h"
#include "io/text_source.h"
#include "model/config.h"
#include "text/tokenizer.h"

namespace radlads::eval {

using Documents = std::vector<std::vector<TokenId>>;

/// The first `count` documents (all, if negative) of the files, each cut to its first `context` ids.
/// Documents of fewer than two ids have nothing to predict and are left out. UserError if none is left.
Documents encode_documents(std::span<const std::filesystem::path> files, const TextOptions& options,
                           const Tokenizer& tokenizer, int64_t count, int64_t context);

/// Means over all predicted ids: every id of every document but its first.
struct Perplexity {
  double nats_per_token = 0;
  int64_t tokens = 0;
  int64_t documents = 0;
};

Perplexity perplexity(std::shared_ptr<const infer::Weights> model, const Documents& documents,
                      int num_threads);

/// Time of one decoded token at a position, and the memory of the sequence there.
struct DecodeSpeed {
  int64_t position = 0;
  double ms_per_token = 0;     // median
  int64_t sequence_bytes = 0;  // recurrent state, and key/value cache up to the position
};

/// Reads `position` arbitrary tokens, then times the next ones, one at a time.
DecodeSpeed decode_speed(std::shared_ptr<const infer::Weights> model, int64_t position, int num_threads);

/// Floating-point operations that decode_speed spends on reading up to `position`: to check before a long
/// wait.
double reading_flops(const ModelConfig& config, int64_t position);

}  // namespace radlads::eval
