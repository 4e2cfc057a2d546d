// From the texts of a request to the ids that a model reads: the rules of lm-evaluation-harness, which
// decide figures.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "eval/prefix_tree.h"
#include "model/config.h"
#include "text/tokenizer.h"

namespace radlads::eval {

/// How one model encodes requests. Immutable.
class RequestEncoder {
 public:
  /// window: ids that the model reads at most. UserError if the folder names no token that starts or ends a
  /// text.
  static RequestEncoder load(const std::filesystem::path& model_folder, const ModelConfig& config);

  struct Encoded {
    ScoredSequence sequence;
    int64_t context_tokens = 0;  // before any were dropped
    int64_t dropped_tokens = 0;  // from the left, because the window is full
  };

  /// A continuation after a context. White space at the context's end belongs to the continuation. The
  /// context and its continuation are encoded as one text, and what goes beyond the context's own number of
  /// ids is scored. An empty context is the token that begins a text.
  Encoded continuation(std::string_view context, std::string_view continuation) const;

  /// All ids of a text, in windows that do not overlap: each predicts its ids from those in it, the first
  /// from the token that begins a text, the others from the last id before them.
  std::vector<ScoredSequence> rolling(std::string_view text) const;

  /// A prompt to continue, cut from the left to `room` ids.
  Encoded prompt(std::string_view text, int64_t room) const;

  int64_t window() const { return window_; }
  void set_window(int64_t tokens) { window_ = tokens; }
  TokenId prefix() const { return prefix_; }
  const Tokenizer& tokenizer() const { return *tokenizer_; }

  /// Chat templates write the tokens that begin a text themselves.
  void set_special_tokens(bool added) { adds_special_tokens_ = added; }

 private:
  std::vector<TokenId> encode(std::string_view text) const;

  std::shared_ptr<const Tokenizer> tokenizer_;
  int64_t window_ = 0;
  TokenId prefix_ = 0;       // begins a text: BOS, or EOS where there is no BOS
  std::string prefix_text_;  // a text that begins with it has special tokens already
  bool adds_special_tokens_ = true;
};

}  // namespace radlads::eval
