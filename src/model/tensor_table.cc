#include "model/tensor_table.h"

#include <charconv>

#include <fmt/format.h>

#include "core/error.h"

namespace radlads {
namespace {

/// The value of the mixer's option that is the rank with this symbol.
int64_t rank_of(const ModelConfig& config, std::string_view axis) {
  for (const MixerOption& option : config.mixer().options) {
    if (option.axis == axis) return config.options[option.key];
  }
  RADLADS_CHECK(false, "unknown axis {}", axis);
}

void add_layer(const ModelConfig& config, int64_t layer, TensorRows& rows) {
  const std::string prefix = layer_prefix(layer);
  rows.begin(prefix, Part::kNorm, layer);
  rows.add("input_layernorm.weight", "C");
  rows.begin(mixer_prefix(layer), Part::kMixer, layer);
  config.mixer_of(layer).add_tensors(config, layer, rows);
  rows.begin(prefix, Part::kNorm, layer);
  rows.add("post_attention_layernorm.weight", "C");
  rows.begin(prefix + "mlp.", Part::kFeedForward, layer);
  rows.add("gate_proj.weight", "F,C");
  rows.add("up_proj.weight", "F,C");
  rows.add("down_proj.weight", "C,F");
}

}  // namespace

void TensorRows::begin(std::string prefix, Part part, int64_t layer) {
  prefix_ = std::move(prefix);
  part_ = part;
  layer_ = layer;
}

void TensorRows::add(std::string_view name, std::string axes, InitRule init) {
  rows_.push_back({prefix_ + std::string(name), shape_of(axes), std::move(axes), part_, layer_, init, false});
}

void TensorRows::add_unused(std::string_view name, std::string axes, InitRule init) {
  add(name, std::move(axes), init);
  rows_.back().unused = true;
}

/// A symbol, a number, or a number of times a symbol.
int64_t TensorRows::extent(std::string_view axis) const {
  int64_t times = 1;
  const auto [end, error] = std::from_chars(axis.data(), axis.data() + axis.size(), times);
  axis.remove_prefix(static_cast<size_t>(end - axis.data()));
  if (axis.empty()) return times;
  const std::pair<std::string_view, int64_t> extents[] = {{"V", config_.V},
                                                          {"C", config_.C},
                                                          {"F", config_.F},
                                                          {"H", config_.H},
                                                          {"N", config_.N},
                                                          {"A", config_.A()},
                                                          {"K", config_.Hkv * config_.N}};
  for (const auto& [name, value] : extents) {
    if (name == axis) return times * value;
  }
  return times * rank_of(config_, axis);
}

Shape TensorRows::shape_of(std::string_view axes) const {
  Shape shape;
  while (true) {
    const size_t comma = axes.find(',');
    shape.push_back(extent(axes.substr(0, comma)));
    if (comma == std::string_view::npos) return shape;
    axes.remove_prefix(comma + 1);
  }
}

std::string_view part_name(Part part) {
  constexpr std::string_view kNames[] = {"embedding", "norm", "mixer", "feed_forward", "head"};
  return kNames[static_cast<size_t>(part)];
}

std::string layer_prefix(int64_t layer) { return fmt::format("model.layers.{}.", layer); }

std::string mixer_prefix(int64_t layer) { return layer_prefix(layer) + "self_attn."; }

std::vector<TensorSpec> tensor_table(const ModelConfig& config) {
  TensorRows rows(config);
  rows.begin("model.", Part::kEmbedding, -1);
  rows.add("embed_tokens.weight", "V,C");
  for (int64_t l = 0; l < config.L; ++l) add_layer(config, l, rows);
  rows.begin("model.", Part::kNorm, -1);
  rows.add("norm.weight", "C");
  if (!config.tie_word_embeddings) {
    rows.begin("", Part::kHead, -1);
    rows.add("lm_head.weight", "V,C");
  }
  return rows.take();
}

}  // namespace radlads
