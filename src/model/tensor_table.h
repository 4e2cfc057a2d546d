// Every tensor of a model, in one table: its name, shape, part, and where a student gets it from. Loading,
// checking, transfer, initialization, optimizer groups and export all walk this table.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/shape.h"
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
    kDecay6,      // -6 + 5 s^(0.7 + 1.3 p),         s = n / (A - 1), p = l / (L - 1)
    kDecay7,      // -6.5 + 5 s^(0.85 + sqrt(p))
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
};

/// In the order of the computation. A tied head has no row.
std::vector<TensorSpec> tensor_table(const ModelConfig& config);

/// The prefix of a layer's tensors: "model.layers.3.".
std::string layer_prefix(int64_t layer);

}  // namespace radlads
