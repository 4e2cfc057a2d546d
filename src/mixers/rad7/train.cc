// Equations: kernels/rad7.h, kernels/wkv7.h.
#include "mixers/shared/train.h"

#include <cmath>

#include "mixers/table.h"

namespace radlads::mixers {
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
  const bool balance = call.has("balance_state");
  const train::Wkv7Tensors prepared =
      rad7_prepare(pass,
                   {head_norm(call, "q_norm.weight", in[0]), head_norm(call, "k_norm.weight", in[1]), in[2],
                    zw, za, zv, is_first ? Tensor() : call.v_first, call["k_k"], call["k_a"]},
                   {.balance = balance, .rope = call.has("use_rope")});
  const Tensor o = wkv7(pass, prepared, balance).o;

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
