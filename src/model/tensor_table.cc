#include "model/tensor_table.h"

#include <charconv>

#include <fmt/format.h>

#include "core/error.h"
#include "feed_forward/table.h"

namespace radlads {
namespace {

/// The value of the mixer's option that is the rank with this symbol.
int64_t rank_of(const ModelConfig& config, std::string_view axis) {
  for (const MixerOption& option : config.mixer().options) {
    if (option.axis == axis) return config.options[option.key];
  }
  RADLADS_CHECK(false, "unknown axis {}", axis);
}

void add_norm(const NetworkSpec& network, std::string_view name, TensorRows& rows) {
  rows.add(fmt::format("{}.weight", name), "C");
  if (network.norm == NormKind::kLayer) rows.add(fmt::format("{}.bias", name), "C");
}

void add_layer(const ModelConfig& config, int64_t layer, TensorRows& rows) {
  const NetworkSpec& network = *config.network;
  rows.begin(layer, "", Part::kNorm);
  add_norm(network, network.mixer_norm, rows);
  rows.begin(layer, network.mixer_prefix, Part::kMixer);
  config.mixer_of(layer).add_tensors(config, layer, rows);
  rows.begin(layer, "", Part::kNorm);
  add_norm(network, network.feed_forward_norm, rows);
  rows.begin(layer, network.feed_forward_prefix, Part::kFeedForward);
  network.feed_forward->add_tensors(rows);
}

}  // namespace

void TensorRows::begin_outside(Part part) {
  layer_prefix_.clear();
  prefix_.clear();
  part_ = part;
  layer_ = -1;
}

void TensorRows::begin(int64_t layer, std::string_view prefix, Part part) {
  layer_prefix_ = layer_prefix(*config_.network, layer);
  prefix_ = prefix;
  part_ = part;
  layer_ = layer;
}

void TensorRows::add(std::string_view name, std::string axes, InitRule init) {
  rows_.push_back({.name = layer_prefix_ + prefix_ + std::string(name),
                   .shape = shape_of(axes),
                   .axes = std::move(axes),
                   .part = part_,
                   .layer = layer_,
                   .init = init,
                   .layer_prefix = layer_prefix_.size()});
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

std::vector<TensorSpec> tensor_table(const ModelConfig& config) {
  const NetworkSpec& network = *config.network;
  TensorRows rows(config);
  rows.begin_outside(Part::kEmbedding);
  rows.add(fmt::format("{}.weight", network.embedding), "V,C");
  rows.begin_outside(Part::kNorm);
  if (config.norms_embedding) add_norm(network, network.embedding_norm, rows);
  for (int64_t l = 0; l < config.L; ++l) add_layer(config, l, rows);
  rows.begin_outside(Part::kNorm);
  add_norm(network, network.final_norm, rows);
  if (!config.tie_word_embeddings) {
    rows.begin_outside(Part::kHead);
    rows.add(fmt::format("{}.weight", network.head), "V,C");
  }
  return rows.take();
}

}  // namespace radlads
