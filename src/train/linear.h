// Matrix products of the training half, on LibTorch: float32, or bfloat16 factors with float32 results.
#pragma once

#include <vector>

#include "train/pass.h"

namespace radlads::train {

/// y = x W^T + bias with W [out,in], or y = x W + bias with W [in,out].
struct Projection {
  enum class Layout { kOutIn, kInOut };

  Tensor weight;
  Tensor bias;  // [out] (any shape of that size), or undefined
  Layout layout = Layout::kOutIn;
};

/// All projections of one input: x [M,in] to [M,out_i]. The gradients of x are summed in place, without a
/// tensor for each.
Tensors project(const Pass& pass, const Tensor& x, const std::vector<Projection>& projections);

/// One projection.
Tensor project(const Pass& pass, const Tensor& x, const Projection& projection);

/// a b, [m,k] x [k,n], in the pass's type, as float32; added to `sum` if that is defined. A factor of more
/// than one product is best given in that type, so that it is converted once.
Tensor product(at::ScalarType compute, const Tensor& a, const Tensor& b, Tensor sum = {});

}  // namespace radlads::train
