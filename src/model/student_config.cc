// The config.json of a student: the teacher's network with other mixers, in the fields of the published
// checkpoints (RWKV6Qwen2, RWKV7Qwen2 and their Qwen3 forms).
#include <algorithm>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "io/json.h"
#include "model/config.h"

namespace radlads {
namespace {

using Json = nlohmann::json;

struct ClassNames {
  std::string model_type;  // "rwkv7qwen2"
  std::string prefix;      // "RWKV7Qwen2"
};

/// Of a config that has been read: its text is valid.
Json source_of(const ModelConfig& config) {
  return parse_json(config.source, "[read_config] config.json", "its folder", {.python_numbers = true});
}

ClassNames class_names(const ModelConfig& teacher, const MixerSpec& mixer) {
  const std::string family = teacher.qk_norm ? "3" : "2";
  return {fmt::format("{}qwen{}", mixer.name, family), fmt::format("{}Qwen{}", mixer.published, family)};
}

void write_sizes(const ModelConfig& teacher, Json& json) {
  json["vocab_size"] = teacher.V;
  json["hidden_size"] = teacher.C;
  json["intermediate_size"] = teacher.F;
  json["num_hidden_layers"] = teacher.L;
  json["num_attention_heads"] = teacher.H;
  json["num_key_value_heads"] = teacher.Hkv;
  if (teacher.qk_norm || teacher.N * teacher.H != teacher.C) json["head_dim"] = teacher.N;
  json["rms_norm_eps"] = teacher.norm_eps;
  json["attention_bias"] = teacher.qkv_bias;
  json["attention_output_bias"] = teacher.o_bias;
  json["hidden_act"] = "silu";
  json["max_position_embeddings"] = teacher.max_position_embeddings;
  json["rope_theta"] = teacher.rope_theta;
  json["rope_scaling"] = nullptr;
  if (const auto& scaling = teacher.rope_scaling) {
    json["rope_scaling"] = {
        {"rope_type", "llama3"},
        {"factor", scaling->factor},
        {"low_freq_factor", scaling->low_freq_factor},
        {"high_freq_factor", scaling->high_freq_factor},
        {"original_max_position_embeddings", static_cast<int64_t>(scaling->original_context)}};
  }
}

void write_mixer(const MixerSpec& mixer, const MixerOptions& options, Json& json) {
  for (const MixerOption& option : mixer.options) {
    const int64_t value = options[option.key];
    Json& field = json[std::string(option.key)];
    if (option.kind == MixerOption::Kind::kFlag) {
      field = value != 0;
    } else if (option.kind == MixerOption::Kind::kCount || value > 0) {
      field = value;
    } else {
      field = nullptr;
    }
  }
}

void write_softmax_layers(const ModelConfig& teacher, const MixerSpec& mixer, std::vector<int64_t> layers,
                          Json& json) {
  std::sort(layers.begin(), layers.end());
  layers.erase(std::unique(layers.begin(), layers.end()), layers.end());
  for (const int64_t l : layers) {
    if (l < 0 || l >= teacher.L)
      fail("[student] softmax_layers: there is no layer {}, the teacher has {}", l, teacher.L);
  }
  const auto count = static_cast<int64_t>(layers.size());
  if (count == teacher.L) fail("[student] softmax_layers keeps every layer; none is left to convert");
  if (mixer.counts_attention_layers) json["num_attention_layers"] = 0;
  if (layers.empty()) return;
  json["softmax_layers"] = layers;
  if (layers.front() == teacher.L - count)
    json["num_attention_layers"] = count;  // sorted: these are the last ones
}

}  // namespace

ModelConfig student_config(const ModelConfig& teacher, const MixerSpec& mixer, const MixerOptions& options,
                           const std::vector<int64_t>& softmax_layers, bool tie_word_embeddings,
                           DType dtype) {
  RADLADS_CHECK(teacher.is_teacher() && !mixer.is_attention, "a student is made from a softmax teacher");
  const Json given = source_of(teacher);
  Json json = Json::object();
  for (const char* name :
       {"bos_token_id", "eos_token_id", "pad_token_id", "initializer_range", "attention_dropout"}) {
    if (given.contains(name)) json[name] = given[name];
  }
  const ClassNames names = class_names(teacher, mixer);
  json["model_type"] = names.model_type;
  json["architectures"] = {names.prefix + "ForCausalLM"};
  json["auto_map"] = {
      {"AutoConfig", fmt::format("configuration_{}.{}Config", names.model_type, names.prefix)},
      {"AutoModelForCausalLM", fmt::format("modeling_{}.{}ForCausalLM", names.model_type, names.prefix)}};
  json["use_cache"] = true;
  json["use_sliding_window"] = false;
  json["tie_word_embeddings"] = tie_word_embeddings;
  json["torch_dtype"] = torch_name(dtype);
  write_sizes(teacher, json);
  write_mixer(mixer, options, json);
  write_softmax_layers(teacher, mixer, softmax_layers, json);
  return parse_config(json.dump(2) + "\n", "the student's config");
}

std::string student_source(const ModelConfig& student) {
  Json json = source_of(student);
  json["tie_word_embeddings"] = student.tie_word_embeddings;
  json["torch_dtype"] = torch_name(student.dtype);
  json.erase("dtype");
  json["attention_bias"] = student.qkv_bias;
  json["attention_output_bias"] = student.o_bias;
  write_mixer(student.mixer(), student.options, json);
  return json.dump(2) + "\n";
}

}  // namespace radlads
