// Equations: kernels/rad7.h (without balance and RoPE), kernels/wkv7.h, kernels/bonus.h.
#include "mixers/shared/train.h"

#include "kernels/bonus.h"
#include "mixers/table.h"

namespace radlads::mixers {
namespace {

using train::floats;

/// x + (sum_n r k r_k) v, per head.
Tensor bonus(const Pass& pass, const Tensor& x, const train::Wkv7Tensors& in, const Tensor& r_k) {
  const Tensor &r = in.r, &k = in.k, &v = in.v;
  const int64_t H = pass.config.H, N = pass.config.N;
  const Operation operation({x, r, k, v, r_k});
  const Tensor y = at::empty_like(x);
  kernels::bonus(pass.context,
                 {pass.M, H, N, floats(r), floats(k), floats(v), floats(r_k), floats(x), floats(y)});
  return operation.returns(y, [=, &pass](const Tensor& d_output) -> Tensors {
    const Tensor d_y = d_output.contiguous();
    const Tensor dr = at::empty_like(r), dk = at::empty_like(k), dv = at::empty_like(v),
                 d_r_k = at::empty_like(r_k);
    kernels::bonus_backward(pass.context, {.M = pass.M,
                                           .H = H,
                                           .N = N,
                                           .r = floats(r),
                                           .k = floats(k),
                                           .v = floats(v),
                                           .r_k = floats(r_k),
                                           .d_y = floats(d_y),
                                           .dr = floats(dr),
                                           .dk = floats(dk),
                                           .dv = floats(dv),
                                           .d_r_k = floats(d_r_k)});
    return {d_y, dr, dk, dv, d_r_k};
  });
}

}  // namespace

MixerOutput Goose::forward(const MixerCall& call) {
  const Pass& pass = call.pass;
  const bool is_first = call.layer == 0;
  const Tensors x = train::token_shift(
      pass, call.x, {call["x_r"], call["x_w"], call["x_k"], call["x_v"], call["x_a"], call["x_g"]});
  const Tensor r = project(pass, x[0], linear(call, "receptance")),
               k = project(pass, x[2], linear(call, "key"));
  std::vector<Projection> of_values = {linear(call, "value")};
  if (!is_first) of_values.push_back(half(call, "v1"));
  const Tensors from_v = project(pass, x[3], of_values);
  const Tensor& v = from_v[0];

  const Tensor zw = project(pass, train::tanh(project(pass, x[1], half(call, "w1"))), half(call, "w2", "w0"));
  const Tensor za = project(pass, project(pass, x[4], half(call, "a1")), half(call, "a2", "a0"));
  const Tensor zv = is_first ? Tensor() : project(pass, from_v[1], half(call, "v2", "v0"));
  const Tensor g = project(pass, at::sigmoid(project(pass, x[5], half(call, "g1"))), half(call, "g2"));

  const train::Wkv7Tensors in = rad7_prepare(
      pass, {r, k, v, zw, za, zv, is_first ? Tensor() : call.v_first, call["k_k"], call["k_a"]}, {});
  const Tensor normed =
      group_norm(pass, wkv7(pass, in, /*balance=*/false).o, call["ln_x.weight"], call["ln_x.bias"]);
  const Tensor gated =
      output_gate(pass, bonus(pass, normed, in, call["r_k"]), g, kernels::Activation::kIdentity, 1);
  return {project(pass, gated, linear(call, "output")), is_first ? v : call.v_first};
}

}  // namespace radlads::mixers
