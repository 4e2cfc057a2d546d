#include "train/ops.h"

#include <cmath>

#include "kernels/attention.h"
#include "kernels/norm.h"
#include "kernels/rope.h"

namespace radlads::train {
namespace {

/// A norm's weight and bias have one gradient for all rows; the rows are what is left of x's size.
int64_t rows_of(const Tensor& x, const Tensor& weight) { return x.numel() / weight.numel(); }

Tensor optional_like(const Tensor& tensor, bool wanted) { return wanted ? at::empty_like(tensor) : Tensor(); }

/// Gradients {d_x, d_weight} of a norm whose input was `sum`; d_sum (may be undefined) is added to d_x.
Tensors rms_norm_gradients(const Pass& pass, const Tensor& sum, const Tensor& weight, const Tensor& rstd,
                           const Tensor& d_y, const Tensor& d_sum, bool want_dx) {
  const Tensor dx = optional_like(sum, want_dx), d_weight = optional_like(weight, weight.requires_grad());
  kernels::rms_norm_backward(pass.context, {.rows = rows_of(sum, weight),
                                            .width = weight.numel(),
                                            .sum = floats(sum),
                                            .weight = floats(weight),
                                            .rstd = floats(rstd),
                                            .d_y = floats(d_y),
                                            .d_sum = floats(d_sum),
                                            .dx = floats(dx),
                                            .d_weight = floats(d_weight)});
  return {dx, d_weight};
}

kernels::RmsNormForward norm_args(const Pass& pass, const Tensor& x, const Tensor& weight) {
  return {.rows = rows_of(x, weight),
          .width = weight.numel(),
          .eps = static_cast<float>(pass.config.norm_eps),
          .x = floats(x),
          .weight = floats(weight)};
}

/// GroupNorm of `groups` groups of each row.
Tensor norm_groups(const Pass& pass, const Tensor& x, const Tensor& weight, const Tensor& bias,
                   int64_t groups, double epsilon) {
  const Operation operation({x, weight, bias});
  const int64_t N = weight.numel() / groups;
  const auto eps = static_cast<float>(epsilon);
  const Tensor y = at::empty_like(x);
  kernels::group_norm_forward(pass.context, {.rows = pass.M,
                                             .H = groups,
                                             .N = N,
                                             .eps = eps,
                                             .x = floats(x),
                                             .weight = floats(weight),
                                             .bias = floats(bias),
                                             .y = floats(y)});
  return operation.returns(y, [=, &pass](const Tensor& d_y) -> Tensors {
    const Tensor upstream = d_y.contiguous();
    const Tensor dx = at::empty_like(x), d_weight = at::empty_like(weight), d_bias = at::empty_like(bias);
    kernels::group_norm_backward(pass.context, {.rows = pass.M,
                                                .H = groups,
                                                .N = N,
                                                .eps = eps,
                                                .x = floats(x),
                                                .weight = floats(weight),
                                                .d_y = floats(upstream),
                                                .dx = floats(dx),
                                                .d_weight = floats(d_weight),
                                                .d_bias = floats(d_bias)});
    return {dx, d_weight, d_bias};
  });
}

template <class T>
std::vector<T*> pointers(const Tensors& tensors) {
  std::vector<T*> all;
  for (const Tensor& tensor : tensors) all.push_back(floats(tensor));
  return all;
}

}  // namespace

Tensor rms_norm(const Pass& pass, const Tensor& x, const Tensor& weight) {
  const Operation operation({x, weight});
  const Tensor y = at::empty_like(x);
  const Tensor rstd = operation.is_recorded() ? at::empty({rows_of(x, weight)}) : Tensor();
  kernels::RmsNormForward args = norm_args(pass, x, weight);
  args.y = floats(y);
  args.rstd = floats(rstd);
  kernels::rms_norm_forward(pass.context, args);
  return operation.returns(y, [=, &pass](const Tensor& d_y) {
    return rms_norm_gradients(pass, x, weight, rstd, d_y.contiguous(), {}, x.requires_grad());
  });
}

Tensors add_rms_norm(const Pass& pass, const Tensor& x, const Tensor& delta, const Tensor& weight) {
  const Operation operation({x, delta, weight});
  const Tensor sum = at::empty_like(x), y = at::empty_like(x);
  const Tensor rstd = operation.is_recorded() ? at::empty({rows_of(x, weight)}) : Tensor();
  kernels::RmsNormForward args = norm_args(pass, x, weight);
  args.delta = floats(delta);
  args.sum = floats(sum);
  args.y = floats(y);
  args.rstd = floats(rstd);
  kernels::rms_norm_forward(pass.context, args);
  return operation.returns({sum, y}, [=, &pass](const Tensors& d_outputs) -> Tensors {
    const Tensor d_y = d_outputs[1].defined() ? d_outputs[1].contiguous() : at::zeros_like(y);
    const Tensor d_sum = d_outputs[0].defined() ? d_outputs[0].contiguous() : Tensor();
    const Tensors gradients = rms_norm_gradients(pass, sum, weight, rstd, d_y, d_sum, true);
    return {gradients[0], gradients[0], gradients[1]};
  });
}

Tensor group_norm(const Pass& pass, const Tensor& x, const Tensor& weight, const Tensor& bias) {
  return norm_groups(pass, x, weight, bias, pass.config.H, pass.config.head_norm_eps);
}

Tensor layer_norm(const Pass& pass, const Tensor& x, const Tensor& weight, const Tensor& bias) {
  return norm_groups(pass, x, weight, bias, 1, pass.config.norm_eps);
}

kernels::ShiftSource shift_source(const Pass& pass) {
  return {.M = pass.M, .C = pass.config.C, .boundaries = pass.boundaries};
}

Tensors token_shift(const Pass& pass, const Tensor& x, const Tensors& mu) {
  Tensors inputs = {x};
  inputs.insert(inputs.end(), mu.begin(), mu.end());
  const Operation operation(inputs);
  const Tensor y = at::empty({static_cast<int64_t>(mu.size()), pass.M, pass.config.C});
  kernels::token_shift(pass.context, {shift_source(pass), floats(x), pointers<const float>(mu), floats(y)});
  return operation.returns(y.unbind(0), [=, &pass](const Tensors& d_outputs) -> Tensors {
    Tensors d_y, d_mu;
    for (const Tensor& d_output : d_outputs) d_y.push_back(contiguous(d_output, x));
    for (const Tensor& m : mu) d_mu.push_back(at::empty_like(m));
    const Tensor dx = at::zeros_like(x);
    kernels::token_shift_backward(
        pass.context, {shift_source(pass), floats(x), pointers<const float>(mu), pointers<const float>(d_y),
                       floats(dx), pointers<float>(d_mu)});
    Tensors gradients = {dx};
    gradients.insert(gradients.end(), d_mu.begin(), d_mu.end());
    return gradients;
  });
}

Tensor squared_relu(const Pass& pass, const Tensor& x) {
  const Operation operation({x});
  const Tensor y = at::empty_like(x);
  kernels::activate(pass.context, {x.numel(), kernels::Activation::kSquaredRelu, floats(x), floats(y)});
  return operation.returns(y, [x](const Tensor& d_y) -> Tensors { return {at::relu(x).mul_(d_y).mul_(2)}; });
}

Tensor tanh(const Tensor& x) {
  // MKL picks its function at the first call, and threads that make that call together may get one of a few
  // digits (pytorch/pytorch#188792): one element initializes it first.
  static const Tensor first = at::tanh(at::zeros({1}));
  return at::tanh(x);
}

Tensor rope(const Pass& pass, const Tensor& x, int64_t heads) {
  const auto rotate = [&pass, heads](const Tensor& from, bool inverse) {
    const Tensor to = at::empty_like(from);
    kernels::rope(pass.context, {.rows = pass.M,
                                 .heads = heads,
                                 .N = pass.config.N,
                                 .cos = floats(pass.cos),
                                 .sin = floats(pass.sin),
                                 .inverse = inverse,
                                 .x = floats(from),
                                 .y = floats(to)});
    return to;
  };
  const Operation operation({x});
  return operation.returns(
      rotate(x, false), [rotate](const Tensor& d_y) -> Tensors { return {rotate(d_y.contiguous(), true)}; });
}

Tensor output_gate(const Pass& pass, const Tensor& x, const Tensor& gate, kernels::Activation activation,
                   double scale) {
  const Operation operation({x, gate});
  const Tensor y = at::empty_like(x);
  const auto factor = static_cast<float>(scale);
  kernels::output_gate(pass.context, {x.numel(), factor, activation, floats(x), floats(gate), floats(y)});
  return operation.returns(y, [=, &pass](const Tensor& d_y) -> Tensors {
    const Tensor upstream = d_y.contiguous();
    const Tensor dx = at::empty_like(x), d_gate = optional_like(x, gate.defined());
    kernels::output_gate_backward(pass.context, {x.numel(), factor, activation, floats(x), floats(gate),
                                                 floats(upstream), floats(dx), floats(d_gate)});
    return {dx, d_gate};
  });
}

Tensor attention(const Pass& pass, const Tensor& q, const Tensor& k, const Tensor& v) {
  const Operation operation({q, k, v});
  const int64_t H = pass.config.H, Hkv = pass.config.Hkv, N = pass.config.N;
  // Called again in the backward pass: the list is short, and the pointers are those of the captured tensors.
  const auto sequences = [&pass, k, v, row = Hkv * N] {
    std::vector<kernels::AttentionSequence> list;
    for (size_t s = 0; s + 1 < pass.boundaries.size(); ++s) {
      const int64_t begin = pass.boundaries[s], count = pass.boundaries[s + 1] - begin;
      list.push_back({begin, count, floats(k) + begin * row, floats(v) + begin * row, count});
    }
    return list;
  };
  const auto inputs = [=](const std::vector<kernels::AttentionSequence>& list) -> kernels::AttentionInputs {
    return {.H = H,
            .Hkv = Hkv,
            .N = N,
            .scale = 1 / std::sqrt(static_cast<float>(N)),
            .q = floats(q),
            .q_stride_t = H * N,
            .q_stride_h = N,
            .kv_stride_t = Hkv * N,
            .kv_stride_h = N,
            .sequences = list};
  };
  const Tensor o = at::empty_like(q);
  const Tensor log_sum_exp = operation.is_recorded() ? at::empty({pass.M, H}) : Tensor();
  kernels::attention_forward(pass.context, inputs(sequences()), {floats(o), floats(log_sum_exp)});
  return operation.returns(o, [=, &pass](const Tensor& d_y) -> Tensors {
    const Tensor d_o = d_y.contiguous();
    const Tensor dq = at::empty_like(q), dk = at::empty_like(k), dv = at::empty_like(v);
    kernels::attention_backward(pass.context, inputs(sequences()),
                                {.o = floats(o),
                                 .log_sum_exp = floats(log_sum_exp),
                                 .d_o = floats(d_o),
                                 .dq = floats(dq),
                                 .dk = floats(dk),
                                 .dv = floats(dv)});
    return {dq, dk, dv};
  });
}

}  // namespace radlads::train
