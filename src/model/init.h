// A student's initial weights (step 0): the teacher's where it has them, else initial values by
// the rules of the tensor table. Every tensor is a pure function of (seed, its name), so that they can be
// made in any order.
#pragma once

#include <cstdint>
#include <span>

#include "model/model_folder.h"

namespace radlads {

struct InitOptions {
  uint64_t seed = 1;
  bool gate_uniform = false;  // gate_init: uniform
  bool reinit_att = false;    // fresh q, k, v and a zero o (ablation of RAD-RWKV6; known to be worse)
};

/// Fills `out` with the initial value of a row of the student's table. A head that the teacher ties is copied
/// from its embedding. Low-rank tensors are computed in double.
void initial_value(const ModelConfig& student, const TensorSpec& spec, const ModelFolder& teacher,
                   const InitOptions& options, std::span<float> out);

/// The same by rule alone, for tensors that no teacher gives (InternalError for kCopied).
void fill_by_rule(const ModelConfig& config, const TensorSpec& spec, const InitOptions& options,
                  std::span<float> out);

/// The start of pre-training a softmax model: normal with the standard deviation that config.json gives
/// (initializer_range, 0.02), divided by sqrt(2 L) for the projections that write into the residual stream
/// (Radford et al. 2019); norms 1, biases 0.
void pretrain_value(const ModelConfig& config, const TensorSpec& spec, uint64_t seed, std::span<float> out);

}  // namespace radlads
