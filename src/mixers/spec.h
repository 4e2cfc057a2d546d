// What the whole program knows of a mixer, apart from its computation: everything that walks over mixers
// (recipe flags, config.json, the tensor table, sizes, sessions, info, reports) walks over these.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/dtype.h"
#include "core/tensor_view.h"
#include "mixers/options.h"

namespace radlads {

struct ModelConfig;
class TensorRows;

/// What a sequence carries from token to token in one layer: float32, zero at the start.
struct StateSpec {
  std::string_view name;
  Shape shape;
};

/// The stored tensors of one layer's mixer.
class StoredTensors {
 public:
  virtual ~StoredTensors() = default;

  /// By its name within the mixer ("w1"); nullptr if there is none.
  virtual const TensorView* find(std::string_view name) const = 0;
};

struct MixerSpec {
  std::string_view name;       // in recipes, flags and tables: "rwkv7"
  std::string_view title;      // in texts: "RAD-RWKV7"
  std::string_view published;  // what names of published students begin with: "RWKV7" in RWKV7Qwen2Config
  bool is_attention = false;   // keeps the keys and values of all tokens, as the teachers' own mixer does
  bool replaces_attention = false;       // takes over a teacher's projections
  bool mixes_first_values = false;       // later layers read the values of the first one
  bool counts_attention_layers = false;  // config.json has num_attention_layers even if that is 0
  std::span<const MixerOption> options;  // in the order of messages and help

  /// Sets ranks that the mixer needs and that are still 0 by the model's width C, and those that it does not
  /// need to 0.
  void (*complete)(MixerOptions& options, int64_t C) = nullptr;

  /// What of the options this mixer cannot do, as "use_tokenshift: true"; empty if it can do all.
  std::string (*unsupported)(const MixerOptions& options) = nullptr;

  /// The rows of layer `layer` in the tensor table.
  void (*add_tensors)(const ModelConfig& config, int64_t layer, TensorRows& rows) = nullptr;

  /// Sets the options that stored tensors show.
  void (*read_tensors)(const StoredTensors& stored, MixerOptions& options) = nullptr;

  /// Of one sequence in one layer, besides keys and values.
  std::vector<StateSpec> (*states)(const ModelConfig& config) = nullptr;

  /// Approximately what one layer keeps per token for its backward pass, in floats, besides the block around
  /// it.
  int64_t (*activation_floats)(const ModelConfig& config) = nullptr;
};

/// The options of a new model of width C before the user's changes.
MixerOptions fresh_options(const MixerSpec& mixer, int64_t C);

}  // namespace radlads
