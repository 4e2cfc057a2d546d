// Operations with a hand-written backward pass, as nodes of LibTorch's autograd graph: one computes its
// outputs from its inputs, then links both with the function that carries gradients back (see `swiglu` in
// train/ops.cc).
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace radlads::train {

using at::Tensor;
using Tensors = std::vector<Tensor>;

/// Null for an undefined tensor.
inline float* floats(const Tensor& tensor) { return tensor.defined() ? tensor.data_ptr<float>() : nullptr; }

/// A gradient as the kernels read it: contiguous, zeros where it is undefined.
inline Tensor contiguous(const Tensor& gradient, const Tensor& like) {
  return gradient.defined() ? gradient.contiguous() : at::zeros_like(like);
}

/// While it exists, autograd records nothing: the operation has its own backward pass.
class Operation {
 public:
  /// From the gradients of the outputs to those of the inputs. A gradient is undefined where no loss depends
  /// on the output; an undefined tensor may be returned for an input that needs no gradient.
  using Backward = std::function<Tensors(const Tensors& d_outputs)>;

  /// Inputs may be undefined (an optional bias).
  explicit Operation(Tensors inputs);

  /// Whether there will be a backward pass: some input needs a gradient and recording was on.
  bool is_recorded() const { return is_recorded_; }

  /// Links outputs, fresh results of the operation, to its inputs. `backward` may capture any tensors, the
  /// outputs too; it is freed after its one use.
  Tensors returns(Tensors outputs, Backward backward) const;
  Tensor returns(Tensor output, std::function<Tensors(const Tensor& d_output)> backward) const;

 private:
  Tensors inputs_;
  bool is_recorded_;
  at::NoGradGuard no_grad_;  // after is_recorded_, which asks whether recording was on
};

}  // namespace radlads::train
