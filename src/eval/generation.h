// Texts that a model continues, many at a time.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "eval/request_ids.h"
#include "eval/task.h"
#include "infer/runner.h"

namespace radlads::eval {

struct GenerationRequest {
  std::vector<TokenId> prompt;
  const GenerationSpec* spec = nullptr;
  uint64_t seed = 0;  // where the spec samples
};

struct GenerationOptions {
  int64_t batch = 0;  // texts at once; 0: as many as are worthwhile
  int num_threads = 1;
};

/// Greedy or sampled, up to a stop sequence (which is cut off), a token that ends texts, or max_tokens. Texts
/// are made in fixed batches; a batch with only known texts is left out, so that every text is the same as in
/// an uninterrupted run. `on_batch` is given the new texts.
std::vector<std::string> generate_texts(
    const std::shared_ptr<const infer::Weights>& model, const RequestEncoder& encoder,
    std::span<const TokenId> stop_ids, std::span<const GenerationRequest> requests,
    const GenerationOptions& options, std::span<const std::optional<std::string>> known,
    const std::function<void(size_t first, std::span<const std::string> texts)>& on_batch);

}  // namespace radlads::eval
