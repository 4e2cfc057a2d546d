// The recurrences as differentiable operations.
#include "kernels/wkv6.h"
#include "kernels/wkv7.h"
#include "train/ops.h"

namespace radlads::train {
namespace {

/// A tensor [M,heads*N] as the kernels see it; the number of heads follows from the width.
template <class T>
kernels::Heads<T> heads(const Pass& pass, const Tensor& tensor) {
  const int64_t N = pass.config.N;
  return kernels::Heads<T>::contiguous(floats(tensor), pass.M, tensor.numel() / (pass.M * N), N);
}

WkvOutputs wkv_outputs(const Pass& pass, const Tensor& r, bool wants_sT) {
  const int64_t S = static_cast<int64_t>(pass.boundaries.size()) - 1, N = pass.config.N;
  return {at::empty_like(r), wants_sT ? at::empty({S, pass.config.H, N, N}) : Tensor()};
}

/// The outputs of a recurrence, linked to its inputs. backward(d_o, d_sT): d_sT is undefined for zero.
template <class Backward>
WkvOutputs linked(const Operation& operation, const WkvOutputs& outputs, const Backward& backward) {
  Tensors tensors = {outputs.o};
  if (outputs.sT.defined()) tensors.push_back(outputs.sT);
  const Tensors result = operation.returns(tensors, [=](const Tensors& d_outputs) -> Tensors {
    const Tensor d_sT = d_outputs.size() > 1 ? d_outputs[1] : Tensor();
    return backward(contiguous(d_outputs[0], outputs.o), d_sT.defined() ? d_sT.contiguous() : Tensor());
  });
  return {result[0], result.size() > 1 ? result[1] : Tensor()};
}

}  // namespace

WkvOutputs wkv6(const Pass& pass, const Wkv6Tensors& in, bool balance, const Tensor& s0, bool wants_sT) {
  const Operation operation({in.q, in.k, in.v, in.lw, s0});
  const auto inputs = [=, &pass]() -> kernels::Wkv6Inputs {
    return {.B = 1,
            .T = pass.M,
            .H = pass.config.H,
            .N = pass.config.N,
            .q = heads<const void>(pass, in.q),
            .k = heads<const void>(pass, in.k),
            .v = heads<const void>(pass, in.v),
            .lw = heads<const void>(pass, in.lw),
            .balance = balance,
            .sequences = {pass.boundaries},
            .s0 = floats(s0)};
  };
  const WkvOutputs outputs = wkv_outputs(pass, in.q, wants_sT);
  const Tensor checkpoints =
      operation.is_recorded() ? at::empty({kernels::wkv6_checkpoint_floats(inputs())}) : Tensor();
  kernels::wkv6_forward(
      pass.context, inputs(),
      {.o = heads<void>(pass, outputs.o), .sT = floats(outputs.sT), .checkpoints = floats(checkpoints)});
  return linked(operation, outputs, [=, &pass](const Tensor& d_o, const Tensor& d_sT) -> Tensors {
    const Tensor dq = at::empty_like(in.q), dk = at::empty_like(in.k), dv = at::empty_like(in.v),
                 dlw = at::empty_like(in.lw), ds0 = s0.defined() ? at::empty_like(s0) : Tensor();
    kernels::wkv6_backward(pass.context, inputs(), floats(checkpoints),
                           {.d_o = heads<const void>(pass, d_o),
                            .d_sT = floats(d_sT),
                            .dq = heads<void>(pass, dq),
                            .dk = heads<void>(pass, dk),
                            .dv = heads<void>(pass, dv),
                            .dlw = heads<void>(pass, dlw),
                            .ds0 = floats(ds0)});
    return {dq, dk, dv, dlw, ds0};
  });
}

WkvOutputs wkv7(const Pass& pass, const Wkv7Tensors& in, bool balance, const Tensor& s0, bool wants_sT) {
  const Operation operation({in.r, in.lw, in.k, in.v, in.kk, in.a, s0});
  const auto inputs = [=, &pass]() -> kernels::Wkv7Inputs {
    return {.B = 1,
            .T = pass.M,
            .H = pass.config.H,
            .N = pass.config.N,
            .r = heads<const void>(pass, in.r),
            .lw = heads<const void>(pass, in.lw),
            .k = heads<const void>(pass, in.k),
            .v = heads<const void>(pass, in.v),
            .kk = heads<const void>(pass, in.kk),
            .a = heads<const void>(pass, in.a),
            .balance = balance,
            .sequences = {pass.boundaries},
            .s0 = floats(s0)};
  };
  const WkvOutputs outputs = wkv_outputs(pass, in.r, wants_sT);
  const Tensor checkpoints =
      operation.is_recorded() ? at::empty({kernels::wkv7_checkpoint_floats(inputs())}) : Tensor();
  kernels::wkv7_forward(
      pass.context, inputs(),
      {.o = heads<void>(pass, outputs.o), .sT = floats(outputs.sT), .checkpoints = floats(checkpoints)});
  return linked(operation, outputs, [=, &pass](const Tensor& d_o, const Tensor& d_sT) -> Tensors {
    const Tensor dr = at::empty_like(in.r), dlw = at::empty_like(in.lw), dk = at::empty_like(in.k);
    const Tensor dv = at::empty_like(in.v), dkk = at::empty_like(in.kk), da = at::empty_like(in.a);
    const Tensor ds0 = s0.defined() ? at::empty_like(s0) : Tensor();
    kernels::wkv7_backward(pass.context, inputs(), floats(checkpoints),
                           {.d_o = heads<const void>(pass, d_o),
                            .d_sT = floats(d_sT),
                            .dr = heads<void>(pass, dr),
                            .dlw = heads<void>(pass, dlw),
                            .dk = heads<void>(pass, dk),
                            .dv = heads<void>(pass, dv),
                            .dkk = heads<void>(pass, dkk),
                            .da = heads<void>(pass, da),
                            .ds0 = floats(ds0)});
    return {dr, dlw, dk, dv, dkk, da, ds0};
  });
}

}  // namespace radlads::train
