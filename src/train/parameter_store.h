// Where a model's parameters are kept, for a training loop that takes one layer at a time. A store may keep
// everything on the device, stream it in and out, or share it among ranks: the loop does not know.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model/tensor_table.h"
#include "recipe/recipe.h"
#include "train/operation.h"

namespace radlads::train {

/// The parameters outside the layers: embedding, last norm, head.
inline constexpr int64_t kOutside = -1;

/// Tensors of one layer by their name without the layer's prefix ("self_attn.q_proj.weight"); those outside
/// the layers by their full name.
class LayerTensors {
 public:
  /// Undefined if there is none by this name.
  const Tensor& operator[](std::string_view name) const {
    static const Tensor kNone;
    const auto it = tensors_.find(name);
    return it == tensors_.end() ? kNone : it->second;
  }

  void set(std::string name, Tensor tensor) { tensors_[std::move(name)] = std::move(tensor); }

  const std::map<std::string, Tensor, std::less<>>& all() const { return tensors_; }

 private:
  std::map<std::string, Tensor, std::less<>> tensors_;
};

struct AdamW {
  double beta1 = 0.9, beta2 = 0.95, eps = 1e-8, weight_decay = 0;
  double clip = 1;  // maximum gradient norm; 0: no clipping
};

/// Parameters without a gradient in an update stay bit-identical. Weight decay is only for matrices, not for
/// vectors.
class ParameterStore {
 public:
  virtual ~ParameterStore() = default;

  /// A lease of the tensors of a layer, or of kOutside: they stay as long as a copy of the result does, but
  /// not beyond the next step. Those that are trained require a gradient. Two leases need not be of the same
  /// tensors, so a forward pass and its backward pass share one.
  virtual LayerTensors acquire(int64_t layer) = 0;

  /// Adds to what step() will use; undefined gradients count as none.
  virtual void add_gradients(int64_t layer, const std::string& name, const Tensor& gradient) = 0;

  /// All gradients of a micro-batch have been added.
  virtual void end_micro_batch() = 0;

  /// Only between micro-batches. One AdamW update with bias correction: gradients times min(1, clip / (norm +
  /// 1e-6)), then forgotten. Returns the norm of all gradients before clipping.
  virtual double step(const LearningRates& rates, const AdamW& options) = 0;
};

}  // namespace radlads::train
