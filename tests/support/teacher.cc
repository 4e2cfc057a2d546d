#include "support/teacher.h"

#include <fmt/format.h>

#include "core/half.h"
#include "core/random.h"
#include "io/file.h"
#include "model/init.h"
#include "model/model_folder.h"

namespace radlads {
namespace {

namespace fs = std::filesystem;

/// Norms around 1, everything else of a size that keeps activations near 1.
void lively_value(const TensorSpec& spec, uint64_t seed, std::span<float> out) {
  Random random(seed, Random::stream_of(spec.name));
  const bool is_norm = (spec.part == Part::kNorm && spec.name.ends_with(".weight")) ||
                       spec.name.ends_with("_norm.weight") || spec.name.ends_with("ln_x.weight");
  const double fan_in = spec.shape.size() > 1 ? static_cast<double>(spec.shape.back()) : 4;
  for (float& value : out)
    value = static_cast<float>((is_norm ? 1 : 0) + random.normal() * (is_norm ? 0.1 : 1 / std::sqrt(fan_in)));
}

void write_model(const fs::path& folder, const ModelConfig& config, const TensorValues& values) {
  make_folder(folder);
  export_model(folder, config, values);
  for (const char* name : {"tokenizer.json", "tokenizer_config.json"}) {
    write_text_file(folder / name, read_text_file(shipped_teacher() / name));
  }
}

void write_lively_model(const fs::path& folder, const ModelConfig& config, uint64_t seed) {
  write_model(folder, config,
              [seed](const TensorSpec& spec, std::span<float> out) { lively_value(spec, seed, out); });
}

}  // namespace

fs::path shipped_teacher() { return fs::path(RADLADS_SOURCE_DIR) / "assets/teacher"; }

std::string tiny_config(const std::string& model_type, bool tied) {
  return fmt::format(R"({{"model_type": "{}", "vocab_size": 2048, "hidden_size": 32, "intermediate_size": 48,
    "num_hidden_layers": 3, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8, "rms_norm_eps": 1e-6,
    "hidden_act": "silu", "max_position_embeddings": 512, "rope_theta": 10000.0, "tie_word_embeddings": {},
    "bos_token_id": 0, "eos_token_id": 0, "torch_dtype": "float32"}})",
                     model_type, tied);
}

void write_tiny_model(const fs::path& folder, const std::string& config, uint64_t seed) {
  write_lively_model(folder, parse_config(config, "the test's config"), seed);
}

void write_tiny_goose(const fs::path& folder, uint64_t seed) {
  write_tiny_model(folder,
                   R"({"model_type": "rwkv7", "architectures": ["Rwkv7ForCausalLM"], "vocab_size": 2048,
    "hidden_size": 128, "num_hidden_layers": 2, "head_size": 64, "intermediate_size": 160, "decay_low_rank_dim": 8,
    "a_low_rank_dim": 6, "v_low_rank_dim": 5, "gate_low_rank_dim": 10, "layer_norm_epsilon": 1e-5,
    "group_norm_epsilon": 64e-5, "embedding_layer_norm_fused": false, "bos_token_id": 0, "eos_token_id": 0,
    "tie_word_embeddings": false, "torch_dtype": "float32"})",
                   seed);
}

void write_tiny_student(const fs::path& folder, const fs::path& teacher, const MixerSpec& mixer,
                        const MixerOptions& options, const std::vector<int64_t>& softmax_layers) {
  const ModelConfig config = read_config(teacher);
  write_lively_model(
      folder, student_config(config, mixer, options, softmax_layers, config.tie_word_embeddings, DType::kF32),
      7);
}

void write_changed_model(const fs::path& folder, const fs::path& model,
                         const std::function<void(const std::string&, std::span<float>)>& change) {
  const ModelFolder source = open_model(model);
  write_model(folder, source.config, [&](const TensorSpec& spec, std::span<float> out) {
    const TensorView& tensor = source.tensor(spec);
    convert_to_float({tensor.data, tensor.num_bytes()}, tensor.dtype, out);
    change(spec.name, out);
  });
}

}  // namespace radlads
