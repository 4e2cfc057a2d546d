#include "model/tensor_table.h"

#include <fmt/format.h>

#include "core/error.h"

namespace radlads {
namespace {

using Kind = InitRule::Kind;

constexpr InitRule kZero = {Kind::kConstant, 0};
constexpr InitRule kOne = {Kind::kConstant, 1};
constexpr InitRule kSmallUniform = {Kind::kUniform, -0.01, 0.01};
constexpr InitRule kSmallOrthogonal = {Kind::kOrthogonal, 0.1};

/// Collects rows; extents are written as axis symbols and looked up in the config.
class Table {
 public:
  explicit Table(const ModelConfig& config) : config_(config) {}

  void begin(std::string prefix, Part part, int64_t layer) {
    prefix_ = std::move(prefix);
    part_ = part;
    layer_ = layer;
  }

  void add(std::string_view name, std::string axes, InitRule init = {}) {
    rows_.push_back(
        {prefix_ + std::string(name), shape_of(axes), std::move(axes), part_, layer_, init, false});
  }

  void add_unused(std::string_view name, std::string axes, InitRule init) {
    add(name, std::move(axes), init);
    rows_.back().unused = true;
  }

  std::vector<TensorSpec> take() { return std::move(rows_); }

 private:
  int64_t extent(std::string_view axis) const {
    const MixerOptions& o = config_.options;
    const std::pair<std::string_view, int64_t> extents[] = {{"V", config_.V},
                                                            {"C", config_.C},
                                                            {"F", config_.F},
                                                            {"H", config_.H},
                                                            {"N", config_.N},
                                                            {"A", config_.A()},
                                                            {"K", config_.Hkv * config_.N},
                                                            {"1", 1},
                                                            {"5", 5},
                                                            {"5S", 5 * o.lora_rank_tokenshift},
                                                            {"S", o.lora_rank_tokenshift},
                                                            {"Rw", o.lora_rank_decay},
                                                            {"Ra", o.lora_rank_iclr},
                                                            {"Rv", o.lora_rank_value_residual_mix},
                                                            {"Rg", o.lora_rank_gate}};
    for (const auto& [name, value] : extents) {
      if (name == axis) return value;
    }
    RADLADS_CHECK(false, "unknown axis {}", axis);
  }

  Shape shape_of(std::string_view axes) const {
    Shape shape;
    while (true) {
      const size_t comma = axes.find(',');
      shape.push_back(extent(axes.substr(0, comma)));
      if (comma == std::string_view::npos) return shape;
      axes.remove_prefix(comma + 1);
    }
  }

  const ModelConfig& config_;
  std::vector<TensorSpec> rows_;
  std::string prefix_;
  Part part_ = Part::kNorm;
  int64_t layer_ = -1;
};

/// What every mixer inherits from the teacher's attention.
void add_projections(const ModelConfig& config, Table& table) {
  const auto projection = [&](const std::string& name, const std::string& out, const std::string& in,
                              bool bias) {
    table.add(name + ".weight", out + "," + in);
    if (bias) table.add(name + ".bias", out);
  };
  projection("q_proj", "A", "C", config.qkv_bias);
  projection("k_proj", "K", "C", config.qkv_bias);
  projection("v_proj", "K", "C", config.qkv_bias);
  projection("o_proj", "C", "A", config.o_bias);
  if (config.qk_norm) {
    table.add("q_norm.weight", "N");
    table.add("k_norm.weight", "N");
  }
}

void add_gate(const MixerOptions& options, Table& table) {
  if (options.gate_rank_type == 1) table.add("gate.weight", "A,C", {Kind::kGateReset});
  if (options.gate_rank_type == 2) {
    table.add("g1", "C,Rg", kZero);
    table.add("g2", "Rg,A", kSmallOrthogonal);
  }
  if (options.groupnorm_att) {
    table.add("ln_x.weight", "A", kOne);
    table.add("ln_x.bias", "A", kZero);
  }
}

void add_rad6(const MixerOptions& options, Table& table) {
  if (options.use_tokenshift) {
    table.add("time_maa_x", "1,1,C", kOne);
    for (const char* name : {"time_maa_r", "time_maa_k", "time_maa_v", "time_maa_w", "time_maa_g"}) {
      table.add(name, "1,1,C", kZero);
    }
    table.add("time_maa_w1", "C,5S", kZero);
    table.add("time_maa_w2", "5,S,C", kSmallUniform);
  }
  table.add("time_decay", "1,1,A", {Kind::kDecay6});
  table.add("time_decay_w1", "C,Rw", kZero);
  table.add("time_decay_w2", "Rw,A", kSmallUniform);
}

void add_rad7(const MixerOptions& options, bool first_layer, Table& table) {
  const auto add = [&](bool used, std::string_view name, const char* axes, InitRule init) {
    used ? table.add(name, axes, init) : table.add_unused(name, axes, init);
  };
  table.add("w0", "1,1,A", {Kind::kDecay7});
  table.add("w1", "C,Rw", kZero);
  table.add("w2", "Rw,A", kSmallOrthogonal);
  table.add("a0", "1,1,A", kZero);
  table.add("a1", "C,Ra", kZero);
  table.add("a2", "Ra,A", kSmallOrthogonal);
  // The first layer has no value to mix in; the reference stores these anyway, and leaves them
  // uninitialized.
  add(!first_layer, "v0", "1,1,A", kOne);
  add(!first_layer, "v1", "C,Rv", kZero);
  add(!first_layer, "v2", "Rv,A", first_layer ? kZero : kSmallOrthogonal);
  add(!options.balance_state, "k_k", "1,1,A", {Kind::kConstant, 0.85});
  add(!options.balance_state, "k_a", "1,1,A", kOne);
  table.add_unused("r_k", "H,N", kZero);
}

void add_layer(const ModelConfig& config, int64_t layer, Table& table) {
  const std::string prefix = layer_prefix(layer);
  table.begin(prefix, Part::kNorm, layer);
  table.add("input_layernorm.weight", "C");
  table.begin(prefix + "self_attn.", Part::kMixer, layer);
  add_projections(config, table);
  const MixerKind kind = config.mixers[static_cast<size_t>(layer)];
  if (kind == MixerKind::kRad6) add_rad6(config.options, table);
  if (kind == MixerKind::kRad7) add_rad7(config.options, layer == 0, table);
  if (kind != MixerKind::kSoftmax) add_gate(config.options, table);
  table.begin(prefix, Part::kNorm, layer);
  table.add("post_attention_layernorm.weight", "C");
  table.begin(prefix + "mlp.", Part::kFeedForward, layer);
  table.add("gate_proj.weight", "F,C");
  table.add("up_proj.weight", "F,C");
  table.add("down_proj.weight", "C,F");
}

}  // namespace

std::string_view part_name(Part part) {
  constexpr std::string_view kNames[] = {"embedding", "norm", "mixer", "feed_forward", "head"};
  return kNames[static_cast<size_t>(part)];
}

std::string layer_prefix(int64_t layer) { return fmt::format("model.layers.{}.", layer); }

std::vector<TensorSpec> tensor_table(const ModelConfig& config) {
  Table table(config);
  table.begin("model.", Part::kEmbedding, -1);
  table.add("embed_tokens.weight", "V,C");
  for (int64_t l = 0; l < config.L; ++l) add_layer(config, l, table);
  table.begin("model.", Part::kNorm, -1);
  table.add("norm.weight", "C");
  if (!config.tie_word_embeddings) {
    table.begin("", Part::kHead, -1);
    table.add("lm_head.weight", "V,C");
  }
  return table.take();
}

}  // namespace radlads
