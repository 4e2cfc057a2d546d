// The kernels as differentiable operations on [M, width] float32 tensors. Heads are adjacent: [M,H,N] is
// [M,H*N].
#pragma once

#include "kernels/gating.h"
#include "kernels/token_shift.h"
#include "train/pass.h"

namespace radlads::train {

/// x / rms(x) * weight, over the last `weight.numel()` channels of each row (so that [N] serves heads).
Tensor rms_norm(const Pass& pass, const Tensor& x, const Tensor& weight);

/// {x + delta, rms_norm(x + delta)}: the residual connection and the norm after it in one pass.
Tensors add_rms_norm(const Pass& pass, const Tensor& x, const Tensor& delta, const Tensor& weight);

/// GroupNorm with one group per head, with the config's head_norm_eps.
Tensor group_norm(const Pass& pass, const Tensor& x, const Tensor& weight, const Tensor& bias);

/// LayerNorm of each row.
Tensor layer_norm(const Pass& pass, const Tensor& x, const Tensor& weight, const Tensor& bias);

/// x + (x' - x) mu for each of `mu` [C], x' the token before, 0 at the start of a sequence.
Tensors token_shift(const Pass& pass, const Tensor& x, const Tensors& mu);
kernels::ShiftSource shift_source(const Pass& pass);

/// relu(x)^2
Tensor squared_relu(const Pass& pass, const Tensor& x);

/// tanh(x), to float32's precision from the first call on.
Tensor tanh(const Tensor& x);

/// Rotary positions for `heads` heads.
Tensor rope(const Pass& pass, const Tensor& x, int64_t heads);

/// scale * x * activation(gate); without a gate (undefined) scale * x.
Tensor output_gate(const Pass& pass, const Tensor& x, const Tensor& gate, kernels::Activation activation,
                   double scale);

/// Causal softmax attention within each sequence: q [M,A], k and v [M,Hkv*N], to [M,A].
Tensor attention(const Pass& pass, const Tensor& q, const Tensor& k, const Tensor& v);

/// What a recurrence gives: o [M,A], and the final states [S,H,N,N] of its S sequences if they were asked
/// for.
struct WkvOutputs {
  Tensor o, sT;
};

/// What kernels/wkv6.h reads: q, lw [M,A]; k, v [M,Hkv*N].
struct Wkv6Tensors {
  Tensor q, k, v, lw;
};

/// What kernels/wkv7.h reads: r, lw, a [M,A]; k, kk [M,A], with balance [M,Hkv*N]; v [M,A] or [M,Hkv*N].
struct Wkv7Tensors {
  Tensor r, lw, a, k, kk, v;
};

/// Over the pass's sequences; s0 [S,H,N,N], undefined for zero. `balance` as in the kernels' headers.
WkvOutputs wkv6(const Pass& pass, const Wkv6Tensors& in, bool balance, const Tensor& s0 = {},
                bool wants_sT = false);
WkvOutputs wkv7(const Pass& pass, const Wkv7Tensors& in, bool balance, const Tensor& s0 = {},
                bool wants_sT = false);

}  // namespace radlads::train
