// What RAD-RWKV7 computes between its projections and the recurrence, in one pass over the tokens (arXiv
// 2505.03005):
//
//   r = rope(r)   k = rope(k)   lw = -exp(-0.5) sigma(zw)   a = sigma(za)
//   v = v + (v_first - v) sigma(zv)                 in every layer but the first; v repeated to H heads
//   balance on:   kk = l2norm(k)                     k and kk stay at Hkv heads; wkv7 applies the factor
//   balance off:  kk = l2norm(k * k_k)   k = k (1 + (a - 1) k_a)      k repeated to H heads first
//
// l2norm is per head: x / max(||x||, 1e-12). zw = w0 + tanh(x w1) w2, za = a0 + (x a1) a2, zv = v0 + (x v1)
// v2. All tensors are contiguous float32; M tokens, A = H N.
#pragma once

#include <cstdint>

#include "kernels/context.h"

namespace radlads::kernels {

struct Rad7Prepare {
  int64_t M = 0, H = 0, Hkv = 0, N = 0;
  bool balance = true;
  const float* cos = nullptr;      // [M,N/2]; null without RoPE
  const float* sin = nullptr;      // [M,N/2]
  const float* r_in = nullptr;     // [M,H,N] r_proj's output
  const float* k_in = nullptr;     // [M,Hkv,N]
  const float* v_in = nullptr;     // [M,Hkv,N]; not read without v_first
  const float* zw = nullptr;       // [M,A]
  const float* za = nullptr;       // [M,A]
  const float* zv = nullptr;       // [M,A]; null in the first layer
  const float* v_first = nullptr;  // [M,Hkv,N] the first layer's v_proj output; null in the first layer
  const float* k_k = nullptr;      // [A], balance off only
  const float* k_a = nullptr;      // [A], balance off only
};

/// Kk is Hkv with balance on and H with balance off.
struct Rad7Prepared {
  float* r = nullptr;   // [M,H,N]; may be r_in
  float* lw = nullptr;  // [M,A]; may be zw
  float* a = nullptr;   // [M,A]; may be za
  float* k = nullptr;   // [M,Kk,N]; may be k_in with balance on
  float* kk = nullptr;  // [M,Kk,N]
  float* v = nullptr;   // [M,H,N]; null in the first layer, where v is v_in
};

/// Upstream gradients (d_*) of what was prepared, and gradients to write, all overwritten. Where the balance
/// is on, d_k has Hkv heads. In the first layer dv_in is not written: the gradient of v is that of v_in.
struct Rad7PrepareGradients {
  const float* d_r = nullptr;
  const float* d_lw = nullptr;
  const float* d_a = nullptr;
  const float* d_k = nullptr;
  const float* d_kk = nullptr;
  const float* d_v = nullptr;
  float* dr_in = nullptr;     // may be d_r
  float* dk_in = nullptr;     // may be d_k with balance on
  float* dv_in = nullptr;     // [M,Hkv,N]
  float* dzw = nullptr;       // may be d_lw
  float* dza = nullptr;       // may be d_a
  float* dzv = nullptr;       // [M,A]
  float* dv_first = nullptr;  // [M,Hkv,N]
  float* dk_k = nullptr;      // [A], balance off only
  float* dk_a = nullptr;      // [A], balance off only
};

void rad7_prepare(Context& context, const Rad7Prepare& inputs, const Rad7Prepared& outputs);

/// `inputs` are those of the forward pass (not overwritten by it), `prepared` its outputs.
void rad7_prepare_backward(Context& context, const Rad7Prepare& inputs, const Rad7Prepared& prepared,
                           const Rad7PrepareGradients& gradients);

}  // namespace radlads::kernels
