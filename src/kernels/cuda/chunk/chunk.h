// wkv6 and wkv7 in chunks of 16 tokens on tensor cores: the CUDA path for many tokens. (Few tokens, float32
// inputs and other head sizes are for the recurrent kernels.)
//
// Products have bfloat16 operands and float32 sums; states and everything that is summed over tokens are
// float32. Against double precision on the same bfloat16 inputs, o and states are off by 1e-3 to 4e-3 of
// their norm, gradients by up to 6e-3 (those of kk and a). Every sum has a fixed order: results are the same
// bit by bit in every run. Kernels: prepare (prepare.h) and scan (scan.h) in either pass, then in
// the backward pass those of gradients.h and group_sum.h.
#pragma once

#include <cuda_runtime_api.h>

#include "kernels/cuda/chunk/plan.h"

namespace radlads::kernels::cuda::chunk {

// bool supports(const WkvInputs& inputs), in plan.h: true for head sizes 32, 64 and 128 with up to 1024
// heads, with r, k, v, kk and a in bfloat16 and lw in either type, all rows 16-byte aligned. The same must
// hold for d_o; outputs and gradients are float32, or bfloat16 with rows so aligned.

/// All tensors and states are device memory; boundaries and slots are host memory, which may be freed after
/// the call. Asynchronous on `stream`. Inputs and outputs have passed check_forward. UserError if CUDA fails.
/// Checkpoints fit into wkv6_checkpoint_floats or wkv7_checkpoint_floats, and are for `backward` alone.
void forward(cudaStream_t stream, const WkvInputs& inputs, const WkvOutputs& outputs);

/// `checkpoints` is what `forward` on the same inputs left.
void backward(cudaStream_t stream, const WkvInputs& inputs, const float* checkpoints,
              const WkvGradients& gradients);

}  // namespace radlads::kernels::cuda::chunk
