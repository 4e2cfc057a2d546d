// What mixers in the teachers' place do alike in training: the projections that they inherit, and the RAD
// mixers' low-rank pairs, norm and gate, and what stands before wkv7.
#pragma once

#include <string>

#include "train/linear.h"
#include "train/mixer.h"
#include "train/ops.h"

namespace radlads::mixers {

using train::MixerCall;
using train::MixerOutput;
using train::Operation;
using train::Pass;
using train::Projection;
using train::Tensor;
using train::Tensors;

/// NAME.weight [out,in] with NAME.bias, where there is one.
Projection linear(const MixerCall& call, const std::string& name);

/// One half of a low-rank pair, x @ w (+ bias).
Projection half(const MixerCall& call, const std::string& weight, const std::string& bias = "");

/// Qwen3's norm of each head, where the layer has one.
Tensor head_norm(const MixerCall& call, const char* name, const Tensor& x);

/// o_proj(norm(o) * gate): GroupNorm where the layer has one, else the factor `scale`. `gate` may be
/// undefined.
Tensor finish(const MixerCall& call, const Tensor& o, const Tensor& gate, kernels::Activation activation,
              double scale);

/// What kernels/rad7.h reads: r [M,A]; k, v [M,Hkv*N]; zw, za [M,A]. In the first layer zv and v_first are
/// undefined; k_k and k_a are used without balance.
struct Rad7Tensors {
  Tensor r, k, v, zw, za, zv, v_first, k_k, k_a;
};

struct Rad7Options {
  bool balance = false, rope = false;
};

train::Wkv7Tensors rad7_prepare(const Pass& pass, const Rad7Tensors& in, const Rad7Options& options);

}  // namespace radlads::mixers
