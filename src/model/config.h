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
#include "mixers/spec.h"
#include "model/network.h"

namespace radlads {

/// Llama 3's rescaling of low frequencies (rope_type "llama3").
struct Llama3RopeScaling {
  double factor = 8;
  double low_freq_factor = 1;
  double high_freq_factor = 4;
  double original_context = 8192;
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

  const NetworkSpec* network = &kLlamaNetwork;
  double norm_eps = 1e-6;        // of the network's norms, and of Qwen3's norms of heads
  double head_norm_eps = 0;      // of mixers' GroupNorm
  bool norms_embedding = false;  // rows of the embedding are normed before the first layer
  bool tie_word_embeddings = false;
  bool qkv_bias = false;
  bool o_bias = false;
  bool qk_norm = false;  // Qwen3: RMSNorm of each head of q and k, before RoPE

  double rope_theta = 10000;
  std::optional<Llama3RopeScaling> rope_scaling;
  int64_t max_position_embeddings = 0;

  std::vector<const MixerSpec*> mixers;  // [L]
  MixerOptions options;                  // of the mixers that are not attention

  double initializer_range = 0.02;  // standard deviation of fresh weights in pre-training

  DType dtype = DType::kF32;     // of the weights, as config.json says
  bool dtype_is_stated = false;  // else open_model uses the type that most weights are stored in
  std::vector<int64_t> eos_token_ids;
  std::optional<int64_t> bos_token_id;

  std::string source;                       // the text of config.json
  std::vector<std::string> ignored_fields;  // fields of config.json that change nothing here

  int64_t A() const { return H * N; }  // attention width
  int64_t G() const { return H / Hkv; }

  const MixerSpec& mixer_of(int64_t layer) const { return *mixers[static_cast<size_t>(layer)]; }

  /// Those of the layer's mixer, then those of its feed-forward.
  std::vector<StateSpec> states_of(int64_t layer) const;

  /// What stands in the place of attention, or attention if it is in every layer.
  const MixerSpec& mixer() const;
  bool is_teacher() const { return mixer().is_attention; }
  bool is_student() const { return mixer().replaces_attention; }

  /// Layers with softmax attention.
  std::vector<int64_t> softmax_layers() const;
};

/// Reads and checks FOLDER/config.json. A field that would change the computation and is not supported
/// (sliding windows, another RoPE type, another activation, quantization, biases of the feed-forward) is
/// refused by name; both spellings of newer folders are read (rope_parameters, dtype). UserError naming the
/// file and the field.
ModelConfig read_config(const std::filesystem::path& folder);

/// The same from text; `where` names it in messages.
ModelConfig parse_config(const std::string& text, const std::string& where);

/// The student of a teacher: the same network, with `mixer` in every layer but `softmax_layers`.
/// UserError if a layer does not exist or no layer is left to convert.
ModelConfig student_config(const ModelConfig& teacher, const MixerSpec& mixer, const MixerOptions& options,
                           const std::vector<int64_t>& softmax_layers, bool tie_word_embeddings, DType dtype);

/// The source of a student's config updated with what its tensors showed: a tied head, their type,
/// biases, the mixers' options. Other fields stay as they are.
std::string student_source(const ModelConfig& student);

/// The frequencies of rotary position embedding, [N/2]: channel i of a head rotates by position *
/// frequency[i], frequency[i] = theta^(-2i/N). "llama3" scaling divides low frequencies by `factor`, keeps
/// high ones and blends between (transformers, rope_type "llama3").
std::vector<double> rope_frequencies(const ModelConfig& config);

// How large a model is, and how much memory a sequence takes while it runs.

/// Parameters that take part in the computation, counted once when tied.
int64_t num_parameters(const ModelConfig& config);

/// Bytes of recurrent state of one sequence (float32): constant at any length.
int64_t state_bytes(const ModelConfig& config);

/// Bytes that one more token adds to a sequence's key/value cache, with elements of `element_bytes`; 0
/// without softmax layers.
int64_t cache_bytes_per_token(const ModelConfig& config, int64_t element_bytes);

/// Approximate memory of the activations of a training step without recomputation (float32).
int64_t activation_bytes(const ModelConfig& config, int64_t tokens);

/// The same when every layer is recomputed in the backward pass: the layers' inputs, and one layer's
/// activations.
int64_t recomputed_activation_bytes(const ModelConfig& config, int64_t tokens);

}  // namespace radlads
