// Equations: kernels/rad7.h, kernels/wkv7.h.
#include "mixers/shared/train.h"

#include <cmath>

#include "kernels/rad7.h"
#include "mixers/table.h"

namespace radlads::mixers {
namespace {

using train::contiguous;
using train::floats;

/// What is computed between projections and recurrence. In the first layer zv and v_first are undefined and v
/// is v_in; k_k and k_a are used with balance off.
train::Wkv7Tensors rad7_prepare(const MixerCall& call, const Tensor& r_in, const Tensor& k_in,
                                const Tensor& v_in, const Tensor& zw, const Tensor& za, const Tensor& zv,
                                const Tensor& v_first, const Tensor& k_k, const Tensor& k_a) {
  const Pass& pass = call.pass;
  const Operation operation({r_in, k_in, v_in, zw, za, zv, v_first, k_k, k_a});
  const bool balance = call.has("balance_state"), rope = call.has("use_rope");
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

}  // namespace

MixerOutput Rad7::forward(const MixerCall& call) {
  const Pass& pass = call.pass;
  const MixerOptions& options = pass.config.options;
  const bool is_first = call.layer == 0;
  std::vector<Projection> first = {linear(call, "q_proj"), linear(call, "k_proj"), linear(call, "v_proj"),
                                   half(call, "w1"), half(call, "a1")};
  if (!is_first) first.push_back(half(call, "v1"));
  if (options["gate_rank_type"] == 1) first.push_back(linear(call, "gate"));
  if (options["gate_rank_type"] == 2) first.push_back(half(call, "g1"));
  const Tensors in = project(pass, call.x, first);

  const Tensor zw = project(pass, train::tanh(in[3]), half(call, "w2", "w0"));
  const Tensor za = project(pass, in[4], half(call, "a2", "a0"));
  const Tensor zv = is_first ? Tensor() : project(pass, in[5], half(call, "v2", "v0"));
  const train::Wkv7Tensors prepared =
      rad7_prepare(call, head_norm(call, "q_norm.weight", in[0]), head_norm(call, "k_norm.weight", in[1]),
                   in[2], zw, za, zv, is_first ? Tensor() : call.v_first, call["k_k"], call["k_a"]);
  const Tensor o = wkv7(pass, prepared, call.has("balance_state")).o;

  Tensor gate;
  auto activation = kernels::Activation::kIdentity;
  if (options["gate_rank_type"] == 1) {
    gate = in.back();
    activation = kernels::Activation::kSigmoid;
  } else if (options["gate_rank_type"] == 2) {
    gate = project(pass, at::sigmoid(in.back()), half(call, "g2"));
  }
  const double scale = call.has("groupnorm_att") ? 1 : 1 / std::sqrt(static_cast<double>(pass.config.N));
  return {finish(call, o, gate, activation, scale), is_first ? in[2] : call.v_first};
}

}  // namespace radlads::mixers
