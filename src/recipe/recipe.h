// Every option of a conversion or a pre-training, with the paper's values as defaults (arXiv 2505.03005,
// section 3).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace radlads {

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
  std::string schedule = "flat";         // cosine, linear, exp, oneminussqrt, flat
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
  std::string mixer;                    // rwkv6 or rwkv7
  std::vector<int64_t> softmax_layers;  // layers that keep attention
  uint64_t seed = 1;
  std::string data_order = "packed";     // packed or reference
  std::vector<std::string> data;         // files, or "self"
  std::string text_key = "text";         // the JSON field or Parquet column that contains a text
  bool skip_bad_lines = false;           // leave out what cannot be read in JSON and Parquet
  std::string dtype = "auto";            // of matrix products: auto, float32 or bfloat16
  std::string export_dtype = "teacher";  // of the student's file: teacher, float32, bfloat16 or float16
  int64_t threads = 0;                   // 0: all cores
  int64_t checkpoint_every = 200;        // updates
  std::string recompute =
      "auto";  // auto, true or false: recompute activations in the backward pass, to save memory
  bool reinit_att = false;
  std::string gate_init = "zero";  // zero or uniform

  // Options of the mixer, as in config.json. Default: the published ones.
  std::optional<int64_t> gate_rank_type;
  std::optional<bool> use_rope, use_tokenshift, balance_state, groupnorm_att;
  int64_t lora_rank_tokenshift = 0;  // 0: depends on the width
  int64_t lora_rank_decay = 0;
  int64_t lora_rank_iclr = 0;
  int64_t lora_rank_value_residual_mix = 0;
  int64_t lora_rank_gate = 0;

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
};

}  // namespace radlads
