// What all operations of one forward or backward pass share.
#pragma once

#include <cstdint>
#include <vector>

#include "data/order.h"
#include "kernels/attention.h"
#include "kernels/context.h"
#include "model/config.h"
#include "train/operation.h"

namespace radlads::train {

/// The tokens of a batch, one after another: M = B T. Tensors of tokens are [M, width], contiguous float32.
struct Pass {
  /// `compute` is the type of the matrix products: float or bfloat16; all else is float32.
  Pass(const ModelConfig& config, const Batch& batch, kernels::Context& context, at::ScalarType compute);

  /// The same tokens for another model of the same RoPE: the teacher of a student.
  Pass(const ModelConfig& config, const Pass& pass);

  const ModelConfig& config;
  kernels::Context& context;
  at::ScalarType compute;
  int64_t M;
  Tensor tokens;                    // [M] int64
  Tensor targets;                   // [M] int64, -1: none
  std::vector<int64_t> boundaries;  // [S+1]
  Tensor cos, sin;                  // [M,N/2]
};

}  // namespace radlads::train
