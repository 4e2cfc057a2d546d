// A model opened for evaluation, the settings, and the rules by which texts become the ids that the model
// reads: those of lm-evaluation-harness, which decide figures.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eval/sequences.h"
#include "infer/runner.h"
#include "model/config.h"
#include "text/chat_template.h"
#include "text/local_time.h"
#include "text/template.h"
#include "text/tokenizer.h"

namespace radlads::eval {

/// Everything that decides the figures, except the model.
struct EvalSettings {
  std::vector<std::string> tasks;  // tasks, groups, tags, patterns
  std::filesystem::path data;
  std::optional<int64_t> num_fewshot;  // default: as the task says
  std::optional<double> limit;         // documents per task, or a fraction of them below 1; default: all
  int64_t seed = 1234;                 // for the examples, and for generated documents
  std::optional<int64_t> max_length;   // tokens in the model's window; default: as its config says
  Json generation = Json::object();    // replaces members of generation_kwargs
  bool apply_chat_template = false;
  std::optional<LocalTime> template_date;  // what chat templates see as now; default: now
  std::string system_instruction;
  bool fewshot_as_multiturn = false;
  bool strict = false;  // a group's missing data is an error

  Json to_json() const;
};

/// How it is computed.
struct ComputeSettings {
  int64_t batch = 0;  // 0: chosen
  bool reuse_prefixes = true;
  int num_threads = 1;
};

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
  /// ids is scored. An empty context is the token that begins a text. UserError, without a subject, for a
  /// continuation that adds no id, or is longer than the window.
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

/// A model, opened for evaluation.
struct EvalModel {
  std::filesystem::path folder;
  std::shared_ptr<const infer::Weights> weights;
  RequestEncoder encoder;
  std::vector<TokenId> stop_ids;
  std::optional<ChatTemplate> chat_template;
};

/// With the window and the chat template that the settings ask for.
EvalModel open_model_for_evaluation(const std::filesystem::path& folder, kernels::Compute compute,
                                    const EvalSettings& settings);

}  // namespace radlads::eval
