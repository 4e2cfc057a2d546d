// Every option of a conversion or a pre-training, with the paper's values as defaults (arXiv 2505.03005,
// section 3), and the learning rates over a step.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/dtype.h"

namespace radlads {

/// The steps of the protocol, and pre-training, in the order in which a run takes them.
enum class StepKind : uint8_t { kAlign, kDistill, kExtend, kPretrain };
inline constexpr StepKind kAllSteps[] = {StepKind::kAlign, StepKind::kDistill, StepKind::kExtend,
                                         StepKind::kPretrain};

/// Those of a conversion.
inline constexpr StepKind kConversionSteps[] = {StepKind::kAlign, StepKind::kDistill, StepKind::kExtend};

/// "align", "distill", "extend", "pretrain"
std::string_view step_name(StepKind step);

/// nullopt if there is none of this name.
std::optional<StepKind> find_step(std::string_view name);

/// How a learning rate goes from its first value to its last.
enum class Schedule : uint8_t { kCosine, kLinear, kExp, kOneMinusSqrt, kFlat };

/// Whole documents, each from a fresh state; or the reference's order over one stream.
enum class TokenOrder : uint8_t { kPacked, kReference };

/// The initial values of a full-rank gate.
enum class GateInit : uint8_t { kZero, kUniform };

/// One step of the protocol. The learning rate of an update goes from `lr` to `final_lr` by `schedule`, over
/// the progress of the step between lr_wait and lr_endpoint, after a linear warm-up.
struct StepRecipe {
  int64_t tokens = 0;       // budget; 0 skips the step
  int64_t context = 512;    // tokens per row
  int64_t batch = 32;       // rows per update
  int64_t micro_batch = 0;  // rows per pass; 0: all
  double lr = 1e-5;
  double final_lr = 1e-5;
  std::optional<double> mixer_lr;        // of the mixers; default: lr
  std::optional<double> mixer_final_lr;  // default: final_lr
  Schedule schedule = Schedule::kFlat;
  double lr_wait = 0;
  double lr_endpoint = 1;
  int64_t warmup_steps = 50;
  double beta1 = 0.9;
  double beta2 = 0.95;
  double eps = 1e-8;
  double weight_decay = 0;
  double clip = 1;
  std::vector<std::string> freeze;  // parts that are not trained: embedding, norm, mixer, feed_forward, head
  int64_t lora_rank = 0;            // of low-rank changes to the teacher's projections; 0: full matrices
  bool untie = false;               // give a tied student a head of its own

  /// Updates of the step: ceil(tokens / (context * batch)).
  int64_t num_updates() const;
};

struct Recipe {
  std::string mixer;                    // what replaces attention
  std::vector<int64_t> softmax_layers;  // layers that keep attention
  uint64_t seed = 1;
  TokenOrder data_order = TokenOrder::kPacked;
  std::vector<std::string> data;      // files, or "self"
  std::string text_key = "text";      // the JSON field or Parquet column that contains a text
  bool skip_bad_lines = false;        // leave out what cannot be read in JSON and Parquet
  std::optional<DType> dtype;         // of matrix products; default: the fastest on this machine
  std::optional<DType> export_dtype;  // of the student's file; default: as the teacher is stored
  int64_t threads = 0;                // 0: all cores
  int64_t checkpoint_every = 200;     // updates
  std::optional<bool> recompute;      // activations in the backward pass; default: where memory is short
  bool reinit_att = false;
  GateInit gate_init = GateInit::kZero;

  // Options of the mixer by their keys in config.json, flags as 0 and 1. Default: the published ones.
  std::map<std::string, std::optional<int64_t>, std::less<>> mixer_options;

  // What is held out to compare teacher and student afterwards.
  std::string eval_text;  // a file; default: documents of the training data, held out of training
  int64_t eval_documents = 200;
  int64_t eval_context = 512;
  bool eval_speed = true;  // measure the time per token

  // How the teacher writes the text of `data: [self]`.
  int64_t self_tokens = 0;   // 0: the largest budget of a step
  int64_t self_context = 0;  // maximum tokens per document; 0: the largest context of a step
  double self_temperature = 1;

  StepRecipe align, distill, extend, pretrain;

  /// The published protocol.
  Recipe();

  StepRecipe& step(StepKind kind);
  const StepRecipe& step(StepKind kind) const;
};

struct LearningRates {
  double lr = 0;        // of everything but the mixers
  double mixer_lr = 0;  // of the mixers
  double q = 0;         // progress, 0 to 1
};

/// The rates of update `update` (from 0). With a = initial, b = final, q = the progress rescaled between
/// lr_wait and lr_endpoint: cosine b + (a - b) cos(pi q / 2), linear b + (a - b)(1 - q), exp a (b / a)^q,
/// oneminussqrt b + (a - b)(1 - sqrt q), flat a; times 0.01 + 0.99 update / warmup_steps during the warm-up.
LearningRates learning_rates(const StepRecipe& step, int64_t update);

}  // namespace radlads
