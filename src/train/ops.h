// The kernels as differentiable operations on [M, width] float32 tensors. Heads are adjacent: [M,H,N] is
// [M,H*N].
#pragma once

#include "kernels/gating.h"
#include "train/pass.h"

namespace radlads::train {

/// x / rms(x) * weight, over the last `weight.numel()` channels of each row (so that [N] serves heads).
Tensor rms_norm(const Pass& pass, const Tensor& x, const Tensor& weight);

/// {x + delta, rms_norm(x + delta)}: the residual connection and the norm after it in one pass.
Tensors add_rms_norm(const Pass& pass, const Tensor& x, const Tensor& delta, const Tensor& weight);

/// GroupNorm with one group per head, eps = N * 1e-5.
Tensor group_norm(const Pass& pass, const Tensor& x, const Tensor& weight, const Tensor& bias);

/// tanh(x), to float32's precision from the first call on.
Tensor tanh(const Tensor& x);

/// Rotary positions for `heads` heads.
Tensor rope(const Pass& pass, const Tensor& x, int64_t heads);

/// scale * x * activation(gate); without a gate (undefined) scale * x.
Tensor output_gate(const Pass& pass, const Tensor& x, const Tensor& gate, kernels::Activation activation,
                   double scale);

/// Causal softmax attention within each sequence: q [M,A], k and v [M,Hkv*N], to [M,A].
Tensor attention(const Pass& pass, const Tensor& q, const Tensor& k, const Tensor& v);

/// RAD-RWKV6: p = x + (x_{t-1} - x) * maa_x.
Tensor token_shift(const Pass& pass, const Tensor& x, const Tensor& maa_x);

/// RAD-RWKV6: the five inputs x + (x_{t-1} - x) * m_i. `m` is [5,M,C], so is the result.
Tensors token_mix(const Pass& pass, const Tensor& x, const Tensors& maa, const Tensor& m);

/// RAD-RWKV6: max(-exp(z), -5).
Tensor rad6_decay(const Pass& pass, const Tensor& z);

/// What a recurrence gives: o [M,A], and the final states [S,H,N,N] of its S sequences if they were asked
/// for.
struct WkvTensors {
  Tensor o, sT;
};

/// kernels/wkv6.h over the pass's sequences: q, lw [M,A], k, v [M,Hkv*N]; s0 [S,H,N,N], undefined for zero.
WkvTensors wkv6(const Pass& pass, const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& lw,
                const Tensor& s0 = {}, bool wants_sT = false);

/// What RAD-RWKV7 computes between projections and recurrence (kernels/rad7.h).
struct Rad7Tensors {
  Tensor r, lw, a, k, kk, v;
};

/// In the first layer zv and v_first are undefined and v is v_in. k_k and k_a are used with balance off.
Rad7Tensors rad7_prepare(const Pass& pass, const Tensor& r_in, const Tensor& k_in, const Tensor& v_in,
                         const Tensor& zw, const Tensor& za, const Tensor& zv, const Tensor& v_first,
                         const Tensor& k_k, const Tensor& k_a);

/// kernels/wkv7.h over the pass's sequences; s0 as for wkv6.
WkvTensors wkv7(const Pass& pass, const Rad7Tensors& inputs, const Tensor& s0 = {}, bool wants_sT = false);

}  // namespace radlads::train
