// The recurrence of RAD-RWKV7 and RWKV-7 (arXiv 2503.14456, section 3; spec of the student in arXiv
// 2505.03005):
//
//   S_t = S_{t-1} diag(e^{lw_t}) - (S_{t-1} kk_t)(kk_t * a_t)^T + v_t k'_t^T        o_t = S_t r_t
//
// with k' = k, or k (1 - e^lw + a) when `balance` is on. A state is [H,N,N] float32, S[i][j]: i the VALUE
// channel, j the KEY channel. lw is the log decay, in (-0.6065, 0]; the output has no scale. kk and a are
// independent inputs: nothing is normalized here.
#pragma once

#include <cstdint>

#include "kernels/context.h"
#include "kernels/heads.h"

namespace radlads::kernels {

/// r, lw, a have H heads; k, v, kk have H or Hkv. S is the number of sequences.
struct Wkv7Inputs {
  int64_t B = 0, T = 0, H = 0, N = 0;  // fastest where N is a multiple of 8
  HeadsIn r, lw, k, v, kk, a;          // [B,T,*,N]
  bool balance = false;
  Sequences sequences;
  const float* s0 = nullptr;  // [S,H,N,N] initial states; null: zero
  std::span<const int32_t>
      state_slots;  // [S]: sequence s has its state (s0 and sT) at slot state_slots[s]; empty: slot s
};

struct Wkv7Outputs {
  HeadsOut o;           // [B,T,H,N]
  float* sT = nullptr;  // [S,H,N,N] final states; may be null, or equal to s0 (updated in place)
  float* checkpoints =
      nullptr;  // wkv7_checkpoint_floats(inputs) floats that the backward pass needs, or null
};

/// Upstream gradients and the gradients to write (all overwritten, none accumulated). Gradients of a grouped
/// input are sums over its group. With `balance` the gradient flows through the factor into lw and a as well.
struct Wkv7Gradients {
  HeadsIn d_o;                  // [B,T,H,N]
  const float* d_sT = nullptr;  // [S,H,N,N]; null: zero
  HeadsOut dr, dlw, dk, dv, dkk, da;
  float* ds0 = nullptr;  // [S,H,N,N] or null
};

/// Size of the state checkpoints that a forward pass leaves for its backward pass.
int64_t wkv7_checkpoint_floats(const Wkv7Inputs& inputs);

void wkv7_forward(Context& context, const Wkv7Inputs& inputs, const Wkv7Outputs& outputs);

/// `checkpoints` is what the forward pass on the same inputs left.
void wkv7_backward(Context& context, const Wkv7Inputs& inputs, const float* checkpoints,
                   const Wkv7Gradients& gradients);

}  // namespace radlads::kernels
