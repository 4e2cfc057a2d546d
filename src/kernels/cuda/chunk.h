// wkv6 and wkv7 in chunks of 16 tokens on tensor cores: the CUDA path for many tokens. (Few tokens, float32
// inputs and other head sizes are for the recurrent kernels.)
//
// Products have bfloat16 operands and float32 sums; states and everything that is summed over tokens are
// float32. Against double precision on the same bfloat16 inputs, o and states are off by 1e-3 to 4e-3 of
// their norm, gradients by up to 6e-3 (those of kk and a). Every sum has a fixed order: results are the same
// bit by bit in every run. Kernels: prepare (chunk_prepare.h) and scan (chunk_scan.h) in either pass, then in
// the backward pass those of chunk_gradients.h and chunk_group_sum.h.
#pragma once

#include <cstddef>

#include <cuda_runtime_api.h>

#include "kernels/wkv.h"

namespace radlads::kernels::cuda {

/// True for head sizes 32, 64 and 128 and up to 1024 heads, with r, k, v, kk and a in bfloat16 and lw in
/// either type, all rows 16-byte aligned. The same must hold for d_o; outputs and gradients are float32, or
/// bfloat16 with rows so aligned.
bool chunk_supports(const WkvInputs& inputs);

size_t chunk_forward_workspace_bytes(const WkvInputs& inputs);
size_t chunk_backward_workspace_bytes(const WkvInputs& inputs);

/// All tensors, states and `workspace` (256-byte aligned) are device memory; boundaries and slots are host
/// memory, free again after the call. Asynchronous on `stream`. Inputs and outputs have passed check_forward.
/// A UserError if a launch fails. Checkpoints fit into wkv6_checkpoint_floats or wkv7_checkpoint_floats, and
/// are for chunk_backward alone.
void chunk_forward(cudaStream_t stream, const WkvInputs& inputs, const WkvOutputs& outputs, void* workspace);

/// `checkpoints` is what chunk_forward on the same inputs left.
void chunk_backward(cudaStream_t stream, const WkvInputs& inputs, const float* checkpoints,
                    const WkvGradients& gradients, void* workspace);

}  // namespace radlads::kernels::cuda
