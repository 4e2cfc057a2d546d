// The operations of the RAD mixers.
#include "kernels/rad6.h"
#include "kernels/rad7.h"
#include "kernels/wkv6.h"
#include "kernels/wkv7.h"
#include "train/ops.h"

namespace radlads::train {
namespace {

float* floats(const Tensor& tensor) { return tensor.defined() ? tensor.data_ptr<float>() : nullptr; }

Tensor contiguous(const Tensor& tensor, const Tensor& like) {
  return tensor.defined() ? tensor.contiguous() : at::zeros_like(like);
}

/// A tensor [M,heads*N] as the kernels see it; the number of heads follows from the width.
template <class T>
kernels::Heads<T> heads(const Pass& pass, const Tensor& tensor) {
  const int64_t N = pass.config.N;
  return kernels::Heads<T>::contiguous(floats(tensor), pass.M, tensor.numel() / (pass.M * N), N);
}

template <class T>
std::array<T*, kernels::kRad6Mixes> five(const Tensors& tensors) {
  std::array<T*, kernels::kRad6Mixes> pointers;
  for (size_t i = 0; i < pointers.size(); ++i) pointers[i] = floats(tensors[i]);
  return pointers;
}

WkvTensors wkv_outputs(const Pass& pass, const Tensor& r, bool wants_sT) {
  const int64_t S = static_cast<int64_t>(pass.boundaries.size()) - 1, N = pass.config.N;
  return {at::empty_like(r), wants_sT ? at::empty({S, pass.config.H, N, N}) : Tensor()};
}

/// The outputs of a recurrence, linked to its inputs. backward(d_o, d_sT): d_sT is undefined for zero.
template <class Backward>
WkvTensors linked(const Operation& operation, const WkvTensors& outputs, const Backward& backward) {
  Tensors tensors = {outputs.o};
  if (outputs.sT.defined()) tensors.push_back(outputs.sT);
  const Tensors result = operation.returns(tensors, [=](const Tensors& d_outputs) -> Tensors {
    const Tensor d_sT = d_outputs.size() > 1 ? d_outputs[1] : Tensor();
    return backward(contiguous(d_outputs[0], outputs.o), d_sT.defined() ? d_sT.contiguous() : Tensor());
  });
  return {result[0], result.size() > 1 ? result[1] : Tensor()};
}

kernels::ShiftSource shift_source(const Pass& pass) {
  return {.M = pass.M, .C = pass.config.C, .boundaries = pass.boundaries};
}

}  // namespace

Tensor token_shift(const Pass& pass, const Tensor& x, const Tensor& maa_x) {
  const Operation operation({x, maa_x});
  const Tensor p = at::empty_like(x);
  kernels::token_shift(pass.context, {shift_source(pass), floats(x), floats(maa_x), floats(p)});
  return operation.returns(p, [=, &pass](const Tensor& d_y) -> Tensors {
    const Tensor d_p = d_y.contiguous();
    const Tensor dx = at::zeros_like(x), d_maa_x = at::empty_like(maa_x);
    kernels::token_shift_backward(pass.context, {shift_source(pass), floats(x), floats(maa_x), floats(d_p),
                                                 floats(dx), floats(d_maa_x)});
    return {dx, d_maa_x};
  });
}

Tensors token_mix(const Pass& pass, const Tensor& x, const Tensors& maa, const Tensor& m) {
  Tensors all = {x, m};
  all.insert(all.end(), maa.begin(), maa.end());
  const Operation operation(all);
  const Tensor mixed = at::empty_like(m);
  kernels::token_mix(pass.context,
                     {shift_source(pass), floats(x), five<const float>(maa), floats(m), floats(mixed)});
  return operation.returns(mixed.unbind(0), [=, &pass](const Tensors& d_outputs) -> Tensors {
    Tensors d_mixed, d_maa;
    for (const Tensor& d_y : d_outputs) d_mixed.push_back(contiguous(d_y, x));
    for (const Tensor& tensor : maa) d_maa.push_back(at::empty_like(tensor));
    const Tensor dx = at::empty_like(x), d_m = m;  // m is not read elsewhere, and is the largest tensor here
    kernels::token_mix_backward(pass.context,
                                {shift_source(pass), floats(x), five<const float>(maa), floats(m),
                                 five<const float>(d_mixed), floats(dx), five<float>(d_maa), floats(d_m)});
    Tensors gradients = {dx, d_m};
    gradients.insert(gradients.end(), d_maa.begin(), d_maa.end());
    return gradients;
  });
}

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

WkvTensors wkv6(const Pass& pass, const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& lw,
                const Tensor& s0, bool wants_sT) {
  const Operation operation({q, k, v, lw, s0});
  const auto inputs = [=, &pass]() -> kernels::Wkv6Inputs {
    return {.B = 1,
            .T = pass.M,
            .H = pass.config.H,
            .N = pass.config.N,
            .q = heads<const void>(pass, q),
            .k = heads<const void>(pass, k),
            .v = heads<const void>(pass, v),
            .lw = heads<const void>(pass, lw),
            .balance = pass.config.options.balance_state,
            .sequences = {pass.boundaries},
            .s0 = floats(s0)};
  };
  const WkvTensors outputs = wkv_outputs(pass, q, wants_sT);
  const Tensor checkpoints =
      operation.is_recorded() ? at::empty({kernels::wkv6_checkpoint_floats(inputs())}) : Tensor();
  kernels::wkv6_forward(
      pass.context, inputs(),
      {.o = heads<void>(pass, outputs.o), .sT = floats(outputs.sT), .checkpoints = floats(checkpoints)});
  return linked(operation, outputs, [=, &pass](const Tensor& d_o, const Tensor& d_sT) -> Tensors {
    const Tensor dq = at::empty_like(q), dk = at::empty_like(k), dv = at::empty_like(v),
                 dlw = at::empty_like(lw), ds0 = s0.defined() ? at::empty_like(s0) : Tensor();
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

Rad7Tensors rad7_prepare(const Pass& pass, const Tensor& r_in, const Tensor& k_in, const Tensor& v_in,
                         const Tensor& zw, const Tensor& za, const Tensor& zv, const Tensor& v_first,
                         const Tensor& k_k, const Tensor& k_a) {
  const Operation operation({r_in, k_in, v_in, zw, za, zv, v_first, k_k, k_a});
  const ModelConfig& config = pass.config;
  const bool balance = config.options.balance_state, rope = config.options.use_rope;
  const auto inputs = [=, &pass]() -> kernels::Rad7Prepare {
    return {.M = pass.M,
            .H = pass.config.H,
            .Hkv = pass.config.Hkv,
            .N = pass.config.N,
            .balance = balance,
            .cos = rope ? floats(pass.cos) : nullptr,
            .sin = rope ? floats(pass.sin) : nullptr,
            .r_in = floats(r_in),
            .k_in = floats(k_in),
            .v_in = floats(v_in),
            .zw = floats(zw),
            .za = floats(za),
            .zv = floats(zv),
            .v_first = floats(v_first),
            .k_k = floats(k_k),
            .k_a = floats(k_a)};
  };
  const Tensor& kk_like = balance ? k_in : r_in;
  Rad7Tensors out = {at::empty_like(r_in),    at::empty_like(zw),
                     at::empty_like(za),      at::empty_like(kk_like),
                     at::empty_like(kk_like), zv.defined() ? at::empty_like(zv) : Tensor()};
  const auto prepared = [out]() -> kernels::Rad7Prepared {
    return {floats(out.r), floats(out.lw), floats(out.a), floats(out.k), floats(out.kk), floats(out.v)};
  };
  kernels::rad7_prepare(pass.context, inputs(), prepared());
  Tensors outputs = {out.r, out.lw, out.a, out.k, out.kk};
  if (out.v.defined()) outputs.push_back(out.v);

  const Tensors result = operation.returns(outputs, [=, &pass](const Tensors& d_outputs) -> Tensors {
    Tensors upstream;
    for (size_t i = 0; i < d_outputs.size(); ++i) upstream.push_back(contiguous(d_outputs[i], outputs[i]));
    const auto like = [](const Tensor& tensor) {
      return tensor.defined() ? at::empty_like(tensor) : Tensor();
    };
    const Tensor dv_in = zv.defined() ? at::empty_like(v_in) : Tensor();
    const Tensor dr = like(r_in), dk = like(k_in), dzw = like(zw), dza = like(za), dzv = like(zv);
    const Tensor dv_first = like(v_first), dk_k = balance ? Tensor() : like(k_k),
                 dk_a = balance ? Tensor() : like(k_a);
    kernels::rad7_prepare_backward(pass.context, inputs(), prepared(),
                                   {.d_r = floats(upstream[0]),
                                    .d_lw = floats(upstream[1]),
                                    .d_a = floats(upstream[2]),
                                    .d_k = floats(upstream[3]),
                                    .d_kk = floats(upstream[4]),
                                    .d_v = upstream.size() > 5 ? floats(upstream[5]) : nullptr,
                                    .dr_in = floats(dr),
                                    .dk_in = floats(dk),
                                    .dv_in = floats(dv_in),
                                    .dzw = floats(dzw),
                                    .dza = floats(dza),
                                    .dzv = floats(dzv),
                                    .dv_first = floats(dv_first),
                                    .dk_k = floats(dk_k),
                                    .dk_a = floats(dk_a)});
    return {dr, dk, dv_in, dzw, dza, dzv, dv_first, dk_k, dk_a};
  });
  return {result[0], result[1], result[2], result[3], result[4], result.size() > 5 ? result[5] : v_in};
}

WkvTensors wkv7(const Pass& pass, const Rad7Tensors& in, const Tensor& s0, bool wants_sT) {
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
            .balance = pass.config.options.balance_state,
            .sequences = {pass.boundaries},
            .s0 = floats(s0)};
  };
  const WkvTensors outputs = wkv_outputs(pass, in.r, wants_sT);
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
