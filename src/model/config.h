// What a model is: its sizes, its mixers, and the options of both. Read from and written to Hugging Face's
// config.json.
//
// A teacher (Qwen2/2.5, Qwen3, Llama) is a model whose mixers are all softmax; a student has RAD mixers in
// some or all layers. Everything else (loading, transfer, training, inference, export) asks this description
// and nothing else.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/dtype.h"

namespace radlads {

enum class MixerKind : uint8_t { kSoftmax, kRad6, kRad7 };

/// "softmax", "rwkv6", "rwkv7"
std::string_view mixer_name(MixerKind kind);

/// Llama 3's rescaling of low frequencies (rope_type "llama3").
struct Llama3RopeScaling {
  double factor = 8;
  double low_freq_factor = 1;
  double high_freq_factor = 4;
  double original_context = 8192;
};

/// Options of the RAD mixers, named as in config.json. Ranks that a mixer does not have are 0.
struct MixerOptions {
  bool use_rope = false;
  bool use_tokenshift = false;
  bool balance_state = true;
  bool groupnorm_att = false;
  int gate_rank_type = 0;  // 0 none, 1 full rank, 2 low rank
  int64_t lora_rank_tokenshift = 0;
  int64_t lora_rank_decay = 0;
  int64_t lora_rank_iclr = 0;
  int64_t lora_rank_value_residual_mix = 0;
  int64_t lora_rank_gate = 0;
};

struct ModelConfig {
  std::string model_type;  // "qwen2", "llama", "rwkv7qwen2", ...

  int64_t V = 0;    // vocabulary
  int64_t C = 0;    // width
  int64_t F = 0;    // feed-forward width
  int64_t L = 0;    // layers
  int64_t H = 0;    // query heads
  int64_t Hkv = 0;  // key/value heads, divides H
  int64_t N = 0;    // head size

  double rms_norm_eps = 1e-6;
  bool tie_word_embeddings = false;
  bool qkv_bias = false;
  bool o_bias = false;
  bool qk_norm = false;  // Qwen3: RMSNorm of each head of q and k, before RoPE

  double rope_theta = 10000;
  std::optional<Llama3RopeScaling> rope_scaling;
  int64_t max_position_embeddings = 0;

  std::vector<MixerKind> mixers;  // [L]
  MixerOptions options;           // of the layers that are not softmax

  double initializer_range = 0.02;  // standard deviation of fresh weights in pre-training

  DType dtype = DType::kF32;     // of the weights, as config.json says
  bool dtype_is_stated = false;  // else open_model uses the type that most weights are stored in
  std::vector<int64_t> eos_token_ids;
  std::optional<int64_t> bos_token_id;

  std::string source;                       // the text of config.json
  std::vector<std::string> ignored_fields;  // fields of config.json that change nothing here

  int64_t A() const { return H * N; }  // attention width
  int64_t G() const { return H / Hkv; }

  /// The RAD mixer of the model, or kSoftmax if there is none.
  MixerKind rad_kind() const;
  bool is_teacher() const { return rad_kind() == MixerKind::kSoftmax; }

  /// Layers that keep softmax attention.
  std::vector<int64_t> softmax_layers() const;
};

/// Reads and checks FOLDER/config.json. A field that would change the computation and is not supported
/// (sliding windows, another RoPE type, another activation, quantization, biases of the feed-forward) is
/// refused by name; both spellings of newer folders are read (rope_parameters, dtype). UserError naming the
/// file and the field.
ModelConfig read_config(const std::filesystem::path& folder);

/// The same from text; `where` names it in messages.
ModelConfig parse_config(const std::string& text, const std::string& where);

/// Rank of a low-rank pair when the recipe leaves it open: max(1, round(C^exponent * factor / 32)) * 32.
int64_t default_rank(int64_t C, double exponent, double factor);

/// Options of a new student before the user's changes: the paper's (arXiv 2505.03005).
MixerOptions default_options(MixerKind kind, int64_t C);

/// Sets ranks that the mixer needs and that are still 0 to their defaults, and those that it does not have to
/// 0.
void complete_ranks(MixerOptions& options, MixerKind kind, int64_t C);

/// The student of a teacher: the same network, with `kind` in every layer but `softmax_layers`.
/// UserError if a layer does not exist or no layer is left to convert.
ModelConfig student_config(const ModelConfig& teacher, MixerKind kind, const MixerOptions& options,
                           const std::vector<int64_t>& softmax_layers, bool tie_word_embeddings, DType dtype);

/// The source of a student's config updated with what its tensors showed: a tied head, their type,
/// biases, the mixers' options. Other fields stay as they are.
std::string student_source(const ModelConfig& student);

}  // namespace radlads
