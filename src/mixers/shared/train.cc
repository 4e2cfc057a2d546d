#include "mixers/shared/train.h"

#include "kernels/rad7.h"

namespace radlads::mixers {

using train::floats;

Projection linear(const MixerCall& call, const std::string& name) {
  return {call[name + ".weight"], call[name + ".bias"]};
}

Projection half(const MixerCall& call, const std::string& weight, const std::string& bias) {
  return {call[weight], bias.empty() ? Tensor() : call[bias], Projection::Layout::kInOut};
}

Tensor head_norm(const MixerCall& call, const char* name, const Tensor& x) {
  const Tensor& weight = call[name];
  return weight.defined() ? rms_norm(call.pass, x, weight) : x;
}

Tensor finish(const MixerCall& call, const Tensor& o, const Tensor& gate, kernels::Activation activation,
              double scale) {
  const Pass& pass = call.pass;
  const Tensor& weight = call["ln_x.weight"];
  const Tensor normed = weight.defined() ? group_norm(pass, o, weight, call["ln_x.bias"]) : o;
  return project(pass, output_gate(pass, normed, gate, activation, scale), linear(call, "o_proj"));
}

train::Wkv7Tensors rad7_prepare(const Pass& pass, const Rad7Tensors& in, const Rad7Options& options) {
  const Tensor &r_in = in.r, &k_in = in.k, &v_in = in.v, &zw = in.zw, &za = in.za, &zv = in.zv,
               &v_first = in.v_first, &k_k = in.k_k, &k_a = in.k_a;
  const Operation operation({r_in, k_in, v_in, zw, za, zv, v_first, k_k, k_a});
  const bool balance = options.balance, rope = options.rope;
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
  train::Wkv7Tensors out = {at::empty_like(r_in),    at::empty_like(zw),
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
    for (size_t i = 0; i < d_outputs.size(); ++i)
      upstream.push_back(train::contiguous(d_outputs[i], outputs[i]));
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

}  // namespace radlads::mixers
