#include "feed_forward/table.h"
#include "kernels/gating.h"
#include "train/block.h"
#include "train/linear.h"
#include "train/ops.h"

namespace radlads::feed_forwards {

using train::FeedForwardCall;
using train::floats;
using train::Operation;
using train::Pass;
using train::product;
using train::Tensor;
using train::Tensors;

namespace {

Tensor wanted(const Tensor& parameter, const auto& gradient) {
  return parameter.requires_grad() ? gradient() : Tensor();
}

}  // namespace

/// Keeps gate and up for the backward pass, not their product.
Tensor SwiGlu::forward(const FeedForwardCall& call) {
  const Pass& pass = call.pass;
  const Tensor &residual = call.residual, &x = call.x;
  const Tensor &gate = call["gate_proj.weight"], &up = call["up_proj.weight"],
               &down = call["down_proj.weight"];
  const Operation operation({residual, x, gate, up, down});
  const Tensor factor = x.to(pass.compute);
  const Tensor g = product(pass.compute, factor, gate.t()), u = product(pass.compute, factor, up.t());
  const Tensor inner = at::empty_like(g);
  kernels::swiglu(pass.context, {g.numel(), floats(g), floats(u), floats(inner)});
  const Tensor y = product(pass.compute, inner, down.t(), residual.clone());
  const bool wants_d_x = x.requires_grad();
  return operation.returns(y, [=, &pass](const Tensor& d_y) -> Tensors {
    const auto type = pass.compute;
    const Tensor d_sum = d_y.to(type);
    const Tensor d_inner = product(type, d_sum, down);
    Tensor d_g = at::empty_like(g), d_u = at::empty_like(u), inner_again = at::empty_like(g);
    kernels::swiglu_backward(pass.context, {g.numel(), floats(g), floats(u), floats(d_inner), floats(d_g),
                                            floats(d_u), floats(inner_again)});
    d_g = d_g.to(type);
    d_u = d_u.to(type);
    const Tensor d_down = wanted(down, [&] { return product(type, d_sum.t(), inner_again); });
    Tensor d_x;
    if (wants_d_x) d_x = product(type, d_u, up, product(type, d_g, gate));
    return {d_y, d_x, wanted(gate, [&] { return product(type, d_g.t(), factor); }),
            wanted(up, [&] { return product(type, d_u.t(), factor); }), d_down};
  });
}

Tensor SquaredRelu::forward(const FeedForwardCall& call) {
  const Pass& pass = call.pass;
  const Tensor key = project(pass, token_shift(pass, call.x, {call["x_k"]})[0], {call["key.weight"]});
  return call.residual + project(pass, squared_relu(pass, key), {call["value.weight"]});
}

}  // namespace radlads::feed_forwards
