// Equations: kernels/rad6.h, kernels/wkv6.h.
#include "mixers/shared/train.h"

#include "kernels/rad6.h"
#include "mixers/table.h"

namespace radlads::mixers {
namespace {

using train::contiguous;
using train::floats;

template <class T>
std::array<T*, kernels::kRad6Mixes> five(const Tensors& tensors) {
  std::array<T*, kernels::kRad6Mixes> pointers;
  for (size_t i = 0; i < pointers.size(); ++i) pointers[i] = floats(tensors[i]);
  return pointers;
}

/// The five inputs x + (x_{t-1} - x) * m_i. `m` is [5,M,C], so is the result.
Tensors token_mix(const Pass& pass, const Tensor& x, const Tensors& maa, const Tensor& m) {
  Tensors all = {x, m};
  all.insert(all.end(), maa.begin(), maa.end());
  const Operation operation(all);
  const Tensor mixed = at::empty_like(m);
  kernels::token_mix(
      pass.context, {train::shift_source(pass), floats(x), five<const float>(maa), floats(m), floats(mixed)});
  return operation.returns(mixed.unbind(0), [=, &pass](const Tensors& d_outputs) -> Tensors {
    Tensors d_mixed, d_maa;
    for (const Tensor& d_y : d_outputs) d_mixed.push_back(contiguous(d_y, x));
    for (const Tensor& tensor : maa) d_maa.push_back(at::empty_like(tensor));
    const Tensor dx = at::empty_like(x), d_m = m;  // m is not read elsewhere, and is the largest tensor here
    kernels::token_mix_backward(pass.context,
                                {train::shift_source(pass), floats(x), five<const float>(maa), floats(m),
                                 five<const float>(d_mixed), floats(dx), five<float>(d_maa), floats(d_m)});
    Tensors gradients = {dx, d_m};
    gradients.insert(gradients.end(), d_maa.begin(), d_maa.end());
    return gradients;
  });
}

/// max(-exp(z), -5)
Tensor rad6_decay(const Pass& pass, const Tensor& z) {
  const Operation operation({z});
  const Tensor lw = at::empty_like(z);
  kernels::rad6_decay(pass.context, {z.numel(), floats(z), floats(lw)});
  return operation.returns(lw, [=, &pass](const Tensor& d_y) -> Tensors {
    const Tensor d_lw = d_y.contiguous(), dz = at::empty_like(lw);
    kernels::rad6_decay_backward(pass.context, {lw.numel(), floats(lw), floats(d_lw), floats(dz)});
    return {dz};
  });
}

/// x_r, x_k, x_v, x_w, x_g: all of them x itself without token shift.
Tensors mixed_inputs(const MixerCall& call) {
  const Pass& pass = call.pass;
  const Tensor& x = call.x;
  if (!call.has("use_tokenshift")) return {x, x, x, x, x};
  const Tensor shifted = train::token_shift(pass, x, {call["time_maa_x"]})[0];
  const Tensor inner = train::tanh(project(pass, shifted, half(call, "time_maa_w1")));
  Tensors maa;
  for (const char* name : {"time_maa_r", "time_maa_k", "time_maa_v", "time_maa_w", "time_maa_g"}) {
    maa.push_back(call[name]);
  }
  const Tensor inner_5MS = inner.view({pass.M, 5, -1}).transpose(0, 1);
  return token_mix(pass, x, maa, at::bmm(inner_5MS, call["time_maa_w2"]));
}

}  // namespace

MixerOutput Rad6::forward(const MixerCall& call) {
  const Pass& pass = call.pass;
  const ModelConfig& config = pass.config;
  const Tensors in = mixed_inputs(call);
  Tensor q = head_norm(call, "q_norm.weight", project(pass, in[0], linear(call, "q_proj")));
  Tensor k = head_norm(call, "k_norm.weight", project(pass, in[1], linear(call, "k_proj")));
  const Tensor v = project(pass, in[2], linear(call, "v_proj"));
  if (call.has("use_rope")) {
    q = rope(pass, q, config.H);
    k = rope(pass, k, config.Hkv);
  }
  const Tensor inner = train::tanh(project(pass, in[3], half(call, "time_decay_w1")));
  const Tensor lw = rad6_decay(pass, project(pass, inner, half(call, "time_decay_w2", "time_decay")));
  const Tensor o = wkv6(pass, {q, k, v, lw}, call.has("balance_state")).o;
  if (config.options["gate_rank_type"] == 1) {
    const Tensor gate = project(pass, in[4], linear(call, "gate"));
    return {finish(call, o, gate, kernels::Activation::kSigmoid, 1), call.v_first};
  }
  Tensor gate;
  if (config.options["gate_rank_type"] == 2) {
    gate = project(pass, at::sigmoid(project(pass, in[4], half(call, "g1"))), half(call, "g2"));
  }
  return {finish(call, o, gate, kernels::Activation::kIdentity, 1), call.v_first};
}

}  // namespace radlads::mixers
