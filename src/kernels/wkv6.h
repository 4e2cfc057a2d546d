// The recurrence of RAD-RWKV6 (gated linear attention without a bonus; arXiv 2505.03005):
//
//   S_t = diag(e^{lw_t}) S_{t-1} + k'_t v_t^T        o_t = N^-0.5 S_t^T q_t
//
// with k' = k, or k (1 - e^lw) when `balance` is on. A state is [H,N,N] float32, S[i][j]: i the KEY channel,
// j the VALUE channel. lw is the log decay, in [-5, 0]. The scale N^-0.5 is part of the output.
#pragma once

#include <cstdint>

#include "kernels/context.h"
#include "kernels/heads.h"

namespace radlads::kernels {

/// q, lw have H heads; k, v have H or Hkv. S is the number of sequences.
struct Wkv6Inputs {
  int64_t B = 0, T = 0, H = 0, N = 0;  // fastest where N is a multiple of 8
  HeadsIn q, k, v, lw;                 // [B,T,*,N]
  bool balance = false;
  Sequences sequences;
  const float* s0 = nullptr;  // [S,H,N,N] initial states; null: zero
  std::span<const int32_t>
      state_slots;  // [S]: sequence s has its state (s0 and sT) at slot state_slots[s]; empty: slot s
};

struct Wkv6Outputs {
  HeadsOut o;           // [B,T,H,N]
  float* sT = nullptr;  // [S,H,N,N] final states; may be null, or equal to s0 (updated in place)
  float* checkpoints =
      nullptr;  // wkv6_checkpoint_floats(inputs) floats that the backward pass needs, or null
};

/// Upstream gradients and the gradients to write (all overwritten, none accumulated). Gradients of a grouped
/// input are sums over its group. With `balance` the gradient flows through the factor into lw as well.
struct Wkv6Gradients {
  HeadsIn d_o;                  // [B,T,H,N]
  const float* d_sT = nullptr;  // [S,H,N,N]; null: zero
  HeadsOut dq, dk, dv, dlw;
  float* ds0 = nullptr;  // [S,H,N,N] or null
};

/// Size of the state checkpoints that a forward pass leaves for its backward pass.
int64_t wkv6_checkpoint_floats(const Wkv6Inputs& inputs);

void wkv6_forward(Context& context, const Wkv6Inputs& inputs, const Wkv6Outputs& outputs);

/// `checkpoints` is what the forward pass on the same inputs left.
void wkv6_backward(Context& context, const Wkv6Inputs& inputs, const float* checkpoints,
                   const Wkv6Gradients& gradients);

}  // namespace radlads::kernels
