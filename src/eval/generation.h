// Texts that a model continues, many at a time.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "eval/model.h"
#include "eval/task.h"
#include "infer/runner.h"

namespace radlads::eval {

/// A text that comes in pieces, up to a stop sequence.
class StoppedText {
 public:
  /// Empty stops are ignored.
  explicit StoppedText(std::vector<std::string> stops);

  /// Appends a piece, and cuts the text off before the first stop sequence in it; returns whether there was
  /// one. It looks only at the piece and at where a stop might have begun before it. Do not call again after
  /// that.
  bool append(std::string_view piece);

  const std::string& text() const { return text_; }

 private:
  std::vector<std::string> stops_;
  size_t longest_ = 0;  // bytes of a stop
  std::string text_;
};

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
