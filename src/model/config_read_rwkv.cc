// The config.json of RWKV-7 "Goose": rwkv-rs's, flash-linear-attention's, and ours, which is rwkv-rs's.
#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "mixers/table.h"
#include "model/config_fields.h"

namespace radlads {
namespace {

/// The first of these fields that is there.
std::string_view first_of(ConfigFields& fields, std::initializer_list<std::string_view> names) {
  std::string_view found = *names.begin();
  for (const std::string_view name : names) {
    if (fields.find(name) != nullptr) found = name;
  }
  return found;
}

void refuse_unsupported(ConfigFields& fields) {
  const std::string act = fields.text_or("hidden_act", "sqrelu");
  if (act != "sqrelu")
    fail("[read_config] hidden_act \"{}\" is not supported, only \"sqrelu\", in {}", act, fields.where());
  if (fields.find("attn") != nullptr)
    fail("[read_config] attn: layers of softmax attention are not supported in {}", fields.where());
  for (const char* needed : {"norm_first", "norm_bias"}) {
    if (!fields.flag_or(needed, true))
      fail("[read_config] {}: false is not supported in {}", needed, fields.where());
  }
  if (fields.find("quantization_config") != nullptr) {
    fail("[read_config] quantization_config is not supported in {}: use the unquantized model",
         fields.where());
  }
}

/// num_heads is not read: converters leave a stale 32 there.
void read_sizes(ConfigFields& fields, ModelConfig& config) {
  config.V = fields.size("vocab_size", kLargestVocabulary);
  config.C = fields.size("hidden_size", kWidest);
  config.L = fields.size("num_hidden_layers", kMostLayers);
  config.N = fields.size_or(first_of(fields, {"head_size", "head_dim"}), 64, kLargestHead);
  for (const char* derived : {"num_heads", "num_attention_heads", "value_dim"}) fields.find(derived);
  if (config.C % config.N != 0) {
    fail("[read_config] hidden_size {} is not a multiple of the head size {} in {}", config.C, config.N,
         fields.where());
  }
  config.H = config.Hkv = config.C / config.N;
  const double ratio = fields.positive_or("hidden_ratio", 4);
  const double width = std::ceil(ratio * static_cast<double>(config.C) / 32) * 32;
  config.F =
      fields.size_or("intermediate_size", static_cast<int64_t>(std::min<double>(width, kWidest)), kWidest);
  config.max_position_embeddings =
      fields.size_or(first_of(fields, {"context_length", "max_position_embeddings"}), 0);
}

/// flash-linear-attention derives the epsilon of the heads' norm from that of the others; the two agree for
/// heads of 64.
void read_norms(ConfigFields& fields, ModelConfig& config) {
  config.norm_eps = fields.positive_or(first_of(fields, {"layer_norm_epsilon", "norm_eps"}), 1e-5);
  const bool is_derived = fields.find("head_dim") != nullptr && fields.find("head_size") == nullptr;
  const double head_eps = is_derived ? static_cast<double>(config.N) * config.norm_eps : 64e-5;
  config.head_norm_eps = fields.positive_or("group_norm_epsilon", head_eps);
  config.norms_embedding = !fields.flag_or("embedding_layer_norm_fused", false);
}

/// Ranks are also in the tensors, which win.
void read_ranks(ConfigFields& fields, ModelConfig& config) {
  constexpr std::pair<std::string_view, std::string_view> kSpellings[] = {
      {"lora_rank_decay", "decay_low_rank_dim"},
      {"lora_rank_iclr", "a_low_rank_dim"},
      {"lora_rank_value_residual_mix", "v_low_rank_dim"},
      {"lora_rank_gate", "gate_low_rank_dim"}};
  for (const auto& [key, other] : kSpellings) {
    config.options.set(key, fields.size_or(first_of(fields, {key, other}), 0, kWidest));
  }
  config.mixer().complete(config.options, config.C);
}

/// 0 ends a text, unless the config says otherwise; flash-linear-attention's defaults of 1 and 2 are those of
/// another vocabulary.
void read_tokens(ConfigFields& fields, ModelConfig& config) {
  const auto bos = fields.indices("bos_token_id", config.V), eos = fields.indices("eos_token_id", config.V);
  const bool are_stale = bos == std::vector<int64_t>{1} && eos == std::vector<int64_t>{2};
  config.eos_token_ids = eos.empty() || are_stale ? std::vector<int64_t>{0} : eos;
  if (!bos.empty() && !are_stale) config.bos_token_id = bos.front();
}

}  // namespace

ModelConfig parse_rwkv_config(ConfigFields& fields, const std::string& text) {
  refuse_unsupported(fields);
  ModelConfig config;
  config.source = text;
  config.model_type = fields.text_or("model_type", "");
  config.network = &kRwkvNetwork;
  read_sizes(fields, config);
  config.mixers.assign(static_cast<size_t>(config.L), &mixers::Goose::spec);
  read_norms(fields, config);
  read_ranks(fields, config);
  read_tokens(fields, config);
  config.tie_word_embeddings = fields.flag_or("tie_word_embeddings", false);
  config.initializer_range = fields.positive_or("initializer_range", config.initializer_range);
  fields.read_dtype(config);
  config.ignored_fields = fields.unread();
  return config;
}

}  // namespace radlads
