// Every tensor of a model, in one table: its name, shape, part, and where a student gets it from. Loading,
// checking, transfer, initialization, optimizer groups and export all walk this table.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/dtype.h"
#include "model/config.h"

namespace radlads {

enum class Part : uint8_t { kEmbedding, kNorm, kMixer, kFeedForward, kHead };

/// "embedding", "norm", "mixer", "feed_forward", "head"
std::string_view part_name(Part part);

/// How a tensor that the teacher does not have is initialized (spec: model.md, initialization; arXiv
/// 2505.03005, appendix).
struct InitRule {
  enum class Kind : uint8_t {
    kCopied,      // from the teacher's tensor of the same name
    kConstant,    // a
    kUniform,     // U(a, b)
    kOrthogonal,  // orthonormal rows (or columns), times a, times sqrt(rows / columns) if that is above 1
    kRamp,        // a + 5 s^b over the channels, s = n / (A - 1)
    kGateReset,   // 0, or U(-C^-0.5, C^-0.5) as the reference actually starts (gate_init: uniform)
  };
  Kind kind = Kind::kCopied;
  double a = 0, b = 0;
};

struct TensorSpec {
  std::string name;  // as in a Hugging Face folder
  Shape shape;
  std::string axes;  // one symbol for each extent: "A,C"; "1" for padding extents
  Part part = Part::kNorm;
  int64_t layer = -1;  // -1 outside the layers
  InitRule init;
  bool unused =
      false;  // stored, but takes no part in the computation: no gradient, and any value is accepted
  size_t layer_prefix = 0;  // characters of the name that lead to the layer

  /// The name without the layer's prefix: "self_attn.q_proj.weight".
  std::string_view name_in_layer() const { return std::string_view(name).substr(layer_prefix); }
};

/// Collects rows; extents are written as axis symbols, "Rw" or "5S", and looked up in the config.
class TensorRows {
 public:
  explicit TensorRows(const ModelConfig& config) : config_(config) {}

  /// Where the rows that follow belong: outside the layers, or in the part of a layer with this prefix.
  void begin_outside(Part part);
  void begin(int64_t layer, std::string_view prefix, Part part);

  void add(std::string_view name, std::string axes, InitRule init = {});
  void add_unused(std::string_view name, std::string axes, InitRule init);

  std::vector<TensorSpec> take() { return std::move(rows_); }

 private:
  int64_t extent(std::string_view axis) const;
  Shape shape_of(std::string_view axes) const;

  const ModelConfig& config_;
  std::vector<TensorSpec> rows_;
  std::string layer_prefix_, prefix_;
  Part part_ = Part::kNorm;
  int64_t layer_ = -1;
};

/// In the order of the computation. A tied head has no row.
std::vector<TensorSpec> tensor_table(const ModelConfig& config);

}  // namespace radlads
