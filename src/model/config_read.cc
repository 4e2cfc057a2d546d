// config.json into a ModelConfig: every field that is used is checked, every field that would change the
// computation and is not supported is refused by name.
#include <algorithm>
#include <cmath>
#include <set>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "io/file.h"
#include "io/json.h"
#include "model/config.h"

namespace radlads {
namespace {

using Json = nlohmann::json;

constexpr int64_t kLargestSize = int64_t{1} << 31;

// Far above every model, and low enough that sums over all tensors and tokens stay below 2^63.
constexpr int64_t kWidest = int64_t{1} << 20, kLargestVocabulary = int64_t{1} << 24;
constexpr int64_t kMostLayers = 10'000, kLargestHead = 1024;

/// What a model_type means.
struct Family {
  std::string_view model_type;
  MixerKind kind;
  bool qkv_bias;  // where attention_bias does not say
  bool reads_attention_bias;
  bool qk_norm;
  bool explicit_head_dim;  // head_dim is no longer C / H when it is left out
};

constexpr Family kFamilies[] = {
    {"qwen2", MixerKind::kSoftmax, true, false, false, false},
    {"qwen3", MixerKind::kSoftmax, false, true, true, true},
    {"llama", MixerKind::kSoftmax, false, true, false, false},
    {"rwkv6qwen2", MixerKind::kRad6, true, true, false, false},
    {"rwkv7qwen2", MixerKind::kRad7, true, true, false, false},
    {"rwkv6qwen3", MixerKind::kRad6, false, true, true, true},
    {"rwkv7qwen3", MixerKind::kRad7, false, true, true, true},
};

/// The fields of one JSON object, remembered as they are read.
class Fields {
 public:
  Fields(const Json& object, std::string where) : object_(object), where_(std::move(where)) {}

  /// nullptr if the field is missing or null.
  const Json* find(const char* name) {
    read_.insert(name);
    const auto it = object_.find(name);
    return it == object_.end() || it->is_null() ? nullptr : &*it;
  }

  int64_t size(const char* name, int64_t most) {
    const Json* field = find(name);
    if (field == nullptr) fail("[read_config] {} is missing in {}", name, where_);
    return whole_number(name, *field, 1, most);
  }

  int64_t size_or(const char* name, int64_t fallback, int64_t most = kLargestSize) {
    const Json* field = find(name);
    return field == nullptr ? fallback : whole_number(name, *field, 1, most);
  }

  /// A whole number from 0 on.
  int64_t count_or(const char* name, int64_t fallback) {
    const Json* field = find(name);
    return field == nullptr ? fallback : whole_number(name, *field, 0, kLargestSize);
  }

  /// Whether the field is there and null.
  bool is_null(const char* name) const {
    const auto it = object_.find(name);
    return it != object_.end() && it->is_null();
  }

  double positive_or(const char* name, double fallback) {
    const Json* field = find(name);
    if (field == nullptr) return fallback;
    if (!field->is_number() || !(field->get<double>() > 0) || !std::isfinite(field->get<double>())) {
      fail("[read_config] {} must be a positive number, not {}, in {}", name, field->dump(), where_);
    }
    return field->get<double>();
  }

  bool flag_or(const char* name, bool fallback) {
    const Json* field = find(name);
    if (field == nullptr) return fallback;
    if (!field->is_boolean())
      fail("[read_config] {} must be true or false, not {}, in {}", name, field->dump(), where_);
    return field->get<bool>();
  }

  std::string text_or(const char* name, const std::string& fallback) {
    const Json* field = find(name);
    if (field == nullptr) return fallback;
    if (!field->is_string())
      fail("[read_config] {} must be a string, not {}, in {}", name, field->dump(), where_);
    return field->get<std::string>();
  }

  /// One number or a list of them, each in [0, limit).
  std::vector<int64_t> indices(const char* name, int64_t limit) {
    const Json* field = find(name);
    if (field == nullptr) return {};
    std::vector<int64_t> result;
    for (const Json& item : field->is_array() ? *field : Json::array({*field})) {
      if (!item.is_number_integer() || item.get<int64_t>() < 0 || item.get<int64_t>() >= limit) {
        fail("[read_config] {} must be whole numbers from 0 to {}, not {}, in {}", name, limit - 1,
             item.dump(), where_);
      }
      result.push_back(item.get<int64_t>());
    }
    return result;
  }

  std::vector<std::string> unread() const {
    std::vector<std::string> names;
    for (const auto& [name, value] : object_.items()) {
      if (!read_.contains(name)) names.push_back(name);
    }
    return names;
  }

  const std::string& where() const { return where_; }

 private:
  int64_t whole_number(const char* name, const Json& field, int64_t least, int64_t most) const {
    if (!field.is_number_integer() || field.get<int64_t>() < least || field.get<int64_t>() > most) {
      fail("[read_config] {} must be a whole number from {} to {}, not {}, in {}", name, least, most,
           field.dump(), where_);
    }
    return field.get<int64_t>();
  }

  const Json& object_;
  std::string where_;
  std::set<std::string, std::less<>> read_;
};

const Family& family_of(Fields& fields) {
  const std::string model_type = fields.text_or("model_type", "");
  const auto* it = std::find_if(std::begin(kFamilies), std::end(kFamilies),
                                [&](const Family& family) { return family.model_type == model_type; });
  if (it == std::end(kFamilies)) {
    std::string known;
    for (const Family& family : kFamilies)
      known += fmt::format("{}{}", known.empty() ? "" : ", ", family.model_type);
    fail("[read_config] model_type \"{}\" is not supported in {} (supported: {})", model_type, fields.where(),
         known);
  }
  return *it;
}

void refuse_unsupported(Fields& fields) {
  const std::string act = fields.text_or("hidden_act", "silu");
  if (act != "silu")
    fail("[read_config] hidden_act \"{}\" is not supported, only \"silu\", in {}", act, fields.where());
  if (fields.flag_or("mlp_bias", false))
    fail("[read_config] mlp_bias: true is not supported in {}", fields.where());
  if (fields.find("quantization_config") != nullptr) {
    fail("[read_config] quantization_config is not supported in {}: use the unquantized model",
         fields.where());
  }
}

/// Whether layer_types names a layer with a window. Other kinds of layers are refused.
bool types_slide(Fields& fields, const Json& types) {
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
void refuse_windows(Fields& fields, const Family& family, const ModelConfig& config) {
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

void read_rope_scaling(const Json& object, const std::string& where, ModelConfig& config) {
  if (!object.is_object())
    fail("[read_config] rope_scaling must be an object, not {}, in {}", object.dump(), where);
  Fields fields(object, where);
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
  Llama3RopeScaling scaling;
  scaling.factor = fields.positive_or("factor", scaling.factor);
  scaling.low_freq_factor = fields.positive_or("low_freq_factor", scaling.low_freq_factor);
  scaling.high_freq_factor = fields.positive_or("high_freq_factor", scaling.high_freq_factor);
  scaling.original_context = static_cast<double>(
      fields.size_or("original_max_position_embeddings", static_cast<int64_t>(scaling.original_context)));
  if (scaling.high_freq_factor <= scaling.low_freq_factor) {
    fail("[read_config] rope_scaling: high_freq_factor must exceed low_freq_factor in {}", where);
  }
  config.rope_scaling = scaling;
}

void read_rope(Fields& fields, ModelConfig& config) {
  config.rope_theta = fields.positive_or("rope_theta", 10000);
  for (const char* name : {"rope_scaling", "rope_parameters"}) {
    const Json* field = fields.find(name);
    if (field != nullptr && !field->empty()) read_rope_scaling(*field, fields.where(), config);
  }
  if (fields.positive_or("partial_rotary_factor", 1) != 1) {
    fail("[read_config] partial_rotary_factor is not supported in {}", fields.where());
  }
  config.max_position_embeddings = fields.size_or("max_position_embeddings", 0);
}

void read_sizes(Fields& fields, const Family& family, ModelConfig& config) {
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

void read_mixers(Fields& fields, MixerKind kind, ModelConfig& config) {
  config.mixers.assign(static_cast<size_t>(config.L), kind);
  if (kind == MixerKind::kSoftmax) return;
  const auto last = fields.indices("num_attention_layers", config.L + 1);
  if (fields.find("softmax_layers") != nullptr) {
    for (const int64_t l : fields.indices("softmax_layers", config.L)) {
      config.mixers[static_cast<size_t>(l)] = MixerKind::kSoftmax;
    }
  } else if (!last.empty()) {
    std::fill(config.mixers.end() - last.front(), config.mixers.end(), MixerKind::kSoftmax);
  }

  MixerOptions& options = config.options;
  options.use_rope = fields.flag_or("use_rope", false);
  options.use_tokenshift = fields.flag_or("use_tokenshift", kind == MixerKind::kRad6);
  options.balance_state = fields.flag_or("balance_state", true);
  options.groupnorm_att = fields.flag_or("groupnorm_att", false);
  const auto gate = fields.indices("gate_rank_type", 3);
  options.gate_rank_type = static_cast<int>(gate.empty() ? (kind == MixerKind::kRad6 ? 1 : 2) : gate.front());
  options.lora_rank_tokenshift = fields.size_or("lora_rank_tokenshift", 0, kWidest);
  options.lora_rank_decay = fields.size_or("lora_rank_decay", 0, kWidest);
  options.lora_rank_iclr = fields.size_or("lora_rank_iclr", 0, kWidest);
  options.lora_rank_value_residual_mix = fields.size_or("lora_rank_value_residual_mix", 0, kWidest);
  options.lora_rank_gate = fields.size_or("lora_rank_gate", 0, kWidest);
  complete_ranks(options, kind, config.C);
  if (kind == MixerKind::kRad7 && options.use_tokenshift) {
    fail("[read_config] use_tokenshift: true is not supported for {} in {}", mixer_name(kind),
         fields.where());
  }
}

/// "auto" leaves it to the weights, as does no value. Of the two spellings the newer one counts.
void read_dtype(Fields& fields, ModelConfig& config) {
  constexpr std::string_view kPrefix = "torch.";
  std::string name = fields.text_or("torch_dtype", "auto");
  name = fields.text_or("dtype", name);
  if (name.starts_with(kPrefix)) name.erase(0, kPrefix.size());
  if (name == "auto") return;
  const auto dtype = dtype_from_torch(name);
  if (!dtype || !is_floating(*dtype)) {
    fail("[read_config] torch_dtype \"{}\" is not supported in {}", name, fields.where());
  }
  config.dtype = *dtype;
  config.dtype_is_stated = true;
}

Json parse_object(const std::string& text, const std::string& where) {
  Json json = parse_json(text, "[read_config] config.json", where, {.python_numbers = true});
  if (!json.is_object()) fail("[read_config] config.json: not a JSON object in {}", where);
  return json;
}

}  // namespace

ModelConfig parse_config(const std::string& text, const std::string& where) {
  const Json json = parse_object(text, where);
  Fields fields(json, where);
  const Family& family = family_of(fields);
  refuse_unsupported(fields);

  ModelConfig config;
  config.source = text;
  config.model_type = family.model_type;
  read_sizes(fields, family, config);
  config.rms_norm_eps = fields.positive_or("rms_norm_eps", 1e-6);
  config.tie_word_embeddings = fields.flag_or("tie_word_embeddings", false);
  config.qk_norm = family.qk_norm;
  config.qkv_bias = family.qkv_bias;
  if (family.reads_attention_bias) config.qkv_bias = fields.flag_or("attention_bias", family.qkv_bias);
  // Qwen3 and Llama give o_proj a bias with the others; students state it separately.
  config.o_bias = family.kind == MixerKind::kSoftmax ? family.reads_attention_bias && config.qkv_bias
                                                     : fields.flag_or("attention_output_bias", false);
  read_rope(fields, config);
  refuse_windows(fields, family, config);
  read_mixers(fields, family.kind, config);
  config.initializer_range = fields.positive_or("initializer_range", config.initializer_range);
  read_dtype(fields, config);
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
