// config.json into a ModelConfig: every field that is used is checked, every field that would change the
// computation and is not supported is refused by name.
#include <algorithm>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "io/file.h"
#include "io/json.h"
#include "mixers/table.h"
#include "model/config_fields.h"

namespace radlads {
namespace {

using Json = nlohmann::json;

/// What a model_type means.
struct Family {
  std::string model_type;
  const MixerSpec* mixer;
  bool qkv_bias;  // where attention_bias does not say
  bool reads_attention_bias;
  bool qk_norm;
  bool explicit_head_dim;  // head_dim is no longer C / H when it is left out
};

/// The teachers; each mixer has a student of either generation of Qwen.
std::vector<Family> families() {
  std::vector<Family> families = {{"qwen2", &mixers::Softmax::spec, true, false, false, false},
                                  {"qwen3", &mixers::Softmax::spec, false, true, true, true},
                                  {"llama", &mixers::Softmax::spec, false, true, false, false}};
  for (const MixerSpec* mixer : all_mixers()) {
    if (!mixer->replaces_attention) continue;
    const std::string name(mixer->name);
    families.push_back({name + "qwen2", mixer, true, true, false, false});
    families.push_back({name + "qwen3", mixer, false, true, true, true});
  }
  return families;
}

/// RWKV-7 by the names of its layouts: the one of rwkv-rs (first and now) and of flash-linear-attention.
constexpr std::string_view kRwkvTypes[] = {"rwkv7", "rwkv", "rwkv7_fla"};

Family family_of(ConfigFields& fields, const std::string& model_type) {
  const std::vector<Family> all = families();
  const auto it = std::ranges::find(all, model_type, &Family::model_type);
  if (it == all.end()) {
    std::string known;
    for (const Family& family : all) known += family.model_type + ", ";
    known += kRwkvTypes[0];
    fail("[read_config] model_type \"{}\" is not supported in {} (supported: {})", model_type, fields.where(),
         known);
  }
  return *it;
}

void refuse_unsupported(ConfigFields& fields) {
  const std::string act = fields.text_or("hidden_act", "silu");
  if (act != "silu")
    fail("[read_config] hidden_act \"{}\" is not supported, only \"silu\", in {}", act, fields.where());
  if (fields.flag_or("mlp_bias", false))
    fail("[read_config] mlp_bias: true is not supported in {}", fields.where());
  if (!fields.flag_or("is_causal", true))
    fail("[read_config] is_causal: false is not supported in {}: every token sees only those before it",
         fields.where());
  if (fields.find("quantization_config") != nullptr) {
    fail("[read_config] quantization_config is not supported in {}: use the unquantized model",
         fields.where());
  }
}

/// Whether layer_types names a layer with a window. Other kinds of layers are refused.
bool types_slide(ConfigFields& fields, const Json& types) {
  if (!types.is_array())
    fail("[read_config] layer_types must be a list, not {}, in {}", types.dump(), fields.where());
  for (const Json& type : types) {
    if (type != "full_attention" && type != "sliding_attention") {
      fail("[read_config] layer_types: {} is not supported, only \"full_attention\", in {}", type.dump(),
           fields.where());
    }
  }
  return std::find(types.begin(), types.end(), "sliding_attention") != types.end();
}

/// Windows as in transformers 5 (configuration_qwen2.py, configuration_qwen3.py): layer_types says
/// which layers slide, else it is those from max_window_layers on. A window changes nothing if no layer has
/// one, or if it spans the longest text that the model is made for.
void refuse_windows(ConfigFields& fields, const Family& family, const ModelConfig& config) {
  if (family.model_type == "llama") return;  // has no windows, whatever its config.json says
  const bool in_use = fields.flag_or("use_sliding_window", false) && !fields.is_null("sliding_window");
  const int64_t longest = config.max_position_embeddings > 0 ? config.max_position_embeddings : kLargestSize;
  const bool spans_all = in_use && fields.size_or("sliding_window", 4096) >= longest;
  const Json* types = fields.find("layer_types");
  const int64_t first = fields.count_or("max_window_layers", 28);
  fields.find("sliding_window");  // without effect where it is not in use
  const bool slides = types != nullptr ? types_slide(fields, *types) : in_use && first < config.L;
  if (slides && !spans_all) {
    fail(
        "[read_config] use_sliding_window, layer_types: layers that see only a window of the text are not "
        "supported, in {}",
        fields.where());
  }
}

/// `original_context` is what the top level of config.json says of it, 0 for nothing: it comes first, and the
/// model's own context last (standardize_rope_params of transformers 5).
void read_rope_scaling(const Json& object, std::string_view name, const std::string& where,
                       int64_t original_context, ModelConfig& config) {
  if (!object.is_object())
    fail("[read_config] {} must be an object, not {}, in {}", name, object.dump(), where);
  ConfigFields fields(object, where);
  const std::string type = fields.text_or("rope_type", fields.text_or("type", "default"));
  config.rope_theta = fields.positive_or("rope_theta", config.rope_theta);
  if (fields.positive_or("partial_rotary_factor", 1) != 1) {
    fail("[read_config] partial_rotary_factor {} is not supported in {}",
         object["partial_rotary_factor"].dump(), where);
  }
  if (type == "default") return;
  if (type != "llama3") {
    fail("[read_config] rope_type \"{}\" is not supported in {} (supported: \"default\", \"llama3\")", type,
         where);
  }
  for (const char* needed : {"factor", "low_freq_factor", "high_freq_factor"}) {
    if (fields.find(needed) == nullptr)
      fail("[read_config] {}: {} is missing, which rope_type \"llama3\" needs, in {}", name, needed, where);
  }
  Llama3RopeScaling scaling;
  scaling.factor = fields.positive_or("factor", 0);
  scaling.low_freq_factor = fields.positive_or("low_freq_factor", 0);
  scaling.high_freq_factor = fields.positive_or("high_freq_factor", 0);
  if (scaling.high_freq_factor <= scaling.low_freq_factor)
    fail("[read_config] {}: high_freq_factor must exceed low_freq_factor in {}", name, where);
  const int64_t inner = fields.size_or("original_max_position_embeddings", config.max_position_embeddings);
  if (original_context == 0) original_context = inner;
  if (original_context == 0)
    fail("[read_config] {}: original_max_position_embeddings is missing in {}", name, where);
  scaling.original_context = static_cast<double>(original_context);
  config.rope_scaling = scaling;
}

/// Of the two names of one object, the older one counts where both are given, as in transformers 5.
void read_rope(ConfigFields& fields, ModelConfig& config) {
  config.rope_theta = fields.positive_or("rope_theta", 10000);
  config.max_position_embeddings = fields.size_or("max_position_embeddings", 0);
  const int64_t original_context = fields.size_or("original_max_position_embeddings", 0);
  bool is_read = false;
  for (std::string_view name : {"rope_scaling", "rope_parameters"}) {
    const Json* field = fields.find(name);
    if (field == nullptr || field->empty() || is_read) continue;
    read_rope_scaling(*field, name, fields.where(), original_context, config);
    is_read = true;
  }
  if (fields.positive_or("partial_rotary_factor", 1) != 1) {
    fail("[read_config] partial_rotary_factor is not supported in {}", fields.where());
  }
}

void read_sizes(ConfigFields& fields, const Family& family, ModelConfig& config) {
  config.V = fields.size("vocab_size", kLargestVocabulary);
  config.C = fields.size("hidden_size", kWidest);
  config.F = fields.size("intermediate_size", kWidest);
  config.L = fields.size("num_hidden_layers", kMostLayers);
  config.H = fields.size("num_attention_heads", kWidest);
  config.Hkv = fields.size_or("num_key_value_heads", config.H);
  config.N = fields.size_or("head_dim", family.explicit_head_dim ? 128 : config.C / config.H);
  if (fields.find("head_dim") == nullptr && !family.explicit_head_dim && config.C % config.H != 0) {
    fail("[read_config] hidden_size {} is not a multiple of num_attention_heads {} in {}", config.C, config.H,
         fields.where());
  }
  if (config.H % config.Hkv != 0) {
    fail("[read_config] num_attention_heads {} is not a multiple of num_key_value_heads {} in {}", config.H,
         config.Hkv, fields.where());
  }
  // Rotary positions rotate pairs of channels.
  if (config.N % 2 != 0 || config.N > kLargestHead) {
    fail("[read_config] head size {} is not supported in {}: it must be even, and at most {}", config.N,
         fields.where(), kLargestHead);
  }
  if (config.A() > kWidest) {
    fail("[read_config] num_attention_heads {} of head size {} are more than {} channels in {}", config.H,
         config.N, kWidest, fields.where());
  }
}

void read_mixers(ConfigFields& fields, const MixerSpec& mixer, ModelConfig& config) {
  config.mixers.assign(static_cast<size_t>(config.L), &mixer);
  if (mixer.is_attention) return;
  const auto last = fields.indices("num_attention_layers", config.L + 1);
  if (fields.find("softmax_layers") != nullptr) {
    for (const int64_t l : fields.indices("softmax_layers", config.L)) {
      config.mixers[static_cast<size_t>(l)] = &mixers::Softmax::spec;
    }
  } else if (!last.empty()) {
    std::fill(config.mixers.end() - last.front(), config.mixers.end(), &mixers::Softmax::spec);
  }

  MixerOptions& options = config.options;
  for (const MixerOption* option : all_mixer_options())
    fields.find(option->key);  // known, if not to this mixer
  for (const MixerOption& option : mixer.options) options.set(option.key, fields.option(option));
  mixer.complete(options, config.C);
  if (const std::string text = mixer.unsupported(options); !text.empty())
    fail("[read_config] {} is not supported for {} in {}", text, mixer.name, fields.where());
}

Json parse_object(const std::string& text, const std::string& where) {
  Json json = parse_json(text, "[read_config] config.json", where, {.python_numbers = true});
  if (!json.is_object()) fail("[read_config] config.json: not a JSON object in {}", where);
  return json;
}

}  // namespace

ModelConfig parse_config(const std::string& text, const std::string& where) {
  const Json json = parse_object(text, where);
  ConfigFields fields(json, where);
  const std::string model_type = fields.text_or("model_type", "");
  if (model_type.empty()) fail("[read_config] model_type is missing in {}", where);
  if (std::ranges::find(kRwkvTypes, model_type) != std::end(kRwkvTypes))
    return parse_rwkv_config(fields, text);
  const Family family = family_of(fields, model_type);
  refuse_unsupported(fields);

  ModelConfig config;
  config.source = text;
  config.model_type = family.model_type;
  read_sizes(fields, family, config);
  config.head_norm_eps = static_cast<float>(config.N) * 1e-5f;
  config.norm_eps = fields.positive_or("rms_norm_eps", 1e-6);
  config.tie_word_embeddings = fields.flag_or("tie_word_embeddings", false);
  config.qk_norm = family.qk_norm;
  config.qkv_bias = family.qkv_bias;
  if (family.reads_attention_bias) config.qkv_bias = fields.flag_or("attention_bias", family.qkv_bias);
  // Qwen3 and Llama give o_proj a bias with the others; students state it separately.
  config.o_bias = family.mixer->is_attention ? family.reads_attention_bias && config.qkv_bias
                                             : fields.flag_or("attention_output_bias", false);
  read_rope(fields, config);
  refuse_windows(fields, family, config);
  read_mixers(fields, *family.mixer, config);
  config.initializer_range = fields.positive_or("initializer_range", config.initializer_range);
  fields.read_dtype(config);
  config.eos_token_ids = fields.indices("eos_token_id", config.V);
  if (const auto bos = fields.indices("bos_token_id", config.V); !bos.empty())
    config.bos_token_id = bos.front();
  config.ignored_fields = fields.unread();
  return config;
}

ModelConfig read_config(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "config.json";
  return parse_config(read_text_file(file), file.string());
}

}  // namespace radlads
