#include "train/mixers.h"

#include <cmath>

#include "train/linear.h"
#include "train/ops.h"

namespace radlads::train {
namespace {

using Layout = Projection::Layout;

Projection linear(const LayerTensors& p, const std::string& name) {
  return {p["self_attn." + name + ".weight"], p["self_attn." + name + ".bias"]};
}

/// One half of a low-rank pair, x @ w (+ bias).
Projection half(const LayerTensors& p, const std::string& weight, const std::string& bias = "") {
  return {p["self_attn." + weight], bias.empty() ? Tensor() : p["self_attn." + bias], Layout::kInOut};
}

/// Qwen3's norm of each head, where the layer has one.
Tensor head_norm(const Pass& pass, const LayerTensors& p, const char* name, const Tensor& x) {
  const Tensor& weight = p[std::string("self_attn.") + name];
  return weight.defined() ? rms_norm(pass, x, weight) : x;
}

/// o_proj(norm(o) * gate): GroupNorm where the layer has one, else the factor `scale`. `gate` may be
/// undefined.
Tensor finish(const Pass& pass, const LayerTensors& p, const Tensor& o, const Tensor& gate,
              kernels::Activation activation, double scale) {
  const Tensor& weight = p["self_attn.ln_x.weight"];
  const Tensor normed = weight.defined() ? group_norm(pass, o, weight, p["self_attn.ln_x.bias"]) : o;
  return project(pass, output_gate(pass, normed, gate, activation, scale), linear(p, "o_proj"));
}

MixerOutput softmax_mixer(const Pass& pass, int64_t layer, const LayerTensors& p, const Tensor& x,
                          const Tensor& v_first) {
  const ModelConfig& config = pass.config;
  const Tensors qkv = project(pass, x, {linear(p, "q_proj"), linear(p, "k_proj"), linear(p, "v_proj")});
  const Tensor q = rope(pass, head_norm(pass, p, "q_norm.weight", qkv[0]), config.H);
  const Tensor k = rope(pass, head_norm(pass, p, "k_norm.weight", qkv[1]), config.Hkv);
  const Tensor y = project(pass, attention(pass, q, k, qkv[2]), linear(p, "o_proj"));
  return {y, layer == 0 ? qkv[2] : v_first};
}

/// x_r, x_k, x_v, x_w, x_g: all of them x itself without token shift.
Tensors mixed_inputs(const Pass& pass, const LayerTensors& p, const Tensor& x) {
  if (!pass.config.options.use_tokenshift) return {x, x, x, x, x};
  const Tensor shifted = token_shift(pass, x, p["self_attn.time_maa_x"]);
  const Tensor inner = train::tanh(project(pass, shifted, half(p, "time_maa_w1")));
  Tensors maa;
  for (const char* name : {"time_maa_r", "time_maa_k", "time_maa_v", "time_maa_w", "time_maa_g"}) {
    maa.push_back(p[std::string("self_attn.") + name]);
  }
  const Tensor inner_5MS = inner.view({pass.M, 5, -1}).transpose(0, 1);
  return token_mix(pass, x, maa, at::bmm(inner_5MS, p["self_attn.time_maa_w2"]));
}

MixerOutput rad6_mixer(const Pass& pass, const LayerTensors& p, const Tensor& x, const Tensor& v_first) {
  const ModelConfig& config = pass.config;
  const Tensors in = mixed_inputs(pass, p, x);
  Tensor q = head_norm(pass, p, "q_norm.weight", project(pass, in[0], linear(p, "q_proj")));
  Tensor k = head_norm(pass, p, "k_norm.weight", project(pass, in[1], linear(p, "k_proj")));
  const Tensor v = project(pass, in[2], linear(p, "v_proj"));
  if (config.options.use_rope) {
    q = rope(pass, q, config.H);
    k = rope(pass, k, config.Hkv);
  }
  const Tensor inner = train::tanh(project(pass, in[3], half(p, "time_decay_w1")));
  const Tensor lw = rad6_decay(pass, project(pass, inner, half(p, "time_decay_w2", "time_decay")));
  const Tensor o = wkv6(pass, q, k, v, lw).o;
  if (config.options.gate_rank_type == 1) {
    const Tensor gate = project(pass, in[4], linear(p, "gate"));
    return {finish(pass, p, o, gate, kernels::Activation::kSigmoid, 1), v_first};
  }
  Tensor gate;
  if (config.options.gate_rank_type == 2) {
    gate = project(pass, at::sigmoid(project(pass, in[4], half(p, "g1"))), half(p, "g2"));
  }
  return {finish(pass, p, o, gate, kernels::Activation::kIdentity, 1), v_first};
}

MixerOutput rad7_mixer(const Pass& pass, int64_t layer, const LayerTensors& p, const Tensor& x,
                       const Tensor& v_first) {
  const MixerOptions& options = pass.config.options;
  std::vector<Projection> first = {linear(p, "q_proj"), linear(p, "k_proj"), linear(p, "v_proj"),
                                   half(p, "w1"), half(p, "a1")};
  if (layer > 0) first.push_back(half(p, "v1"));
  if (options.gate_rank_type == 1) first.push_back(linear(p, "gate"));
  if (options.gate_rank_type == 2) first.push_back(half(p, "g1"));
  const Tensors in = project(pass, x, first);

  const Tensor zw = project(pass, train::tanh(in[3]), half(p, "w2", "w0"));
  const Tensor za = project(pass, in[4], half(p, "a2", "a0"));
  const Tensor zv = layer > 0 ? project(pass, in[5], half(p, "v2", "v0")) : Tensor();
  const Rad7Tensors prepared = rad7_prepare(
      pass, head_norm(pass, p, "q_norm.weight", in[0]), head_norm(pass, p, "k_norm.weight", in[1]), in[2], zw,
      za, zv, layer > 0 ? v_first : Tensor(), p["self_attn.k_k"], p["self_attn.k_a"]);
  const Tensor o = wkv7(pass, prepared).o;

  Tensor gate;
  auto activation = kernels::Activation::kIdentity;
  if (options.gate_rank_type == 1) {
    gate = in.back();
    activation = kernels::Activation::kSigmoid;
  } else if (options.gate_rank_type == 2) {
    gate = project(pass, at::sigmoid(in.back()), half(p, "g2"));
  }
  const double scale = options.groupnorm_att ? 1 : 1 / std::sqrt(static_cast<double>(pass.config.N));
  return {finish(pass, p, o, gate, activation, scale), layer == 0 ? in[2] : v_first};
}

}  // namespace

MixerOutput mix(const Pass& pass, int64_t layer, const LayerTensors& p, const Tensor& x,
                const Tensor& v_first) {
  switch (pass.config.mixers[static_cast<size_t>(layer)]) {
    case MixerKind::kSoftmax:
      return softmax_mixer(pass, layer, p, x, v_first);
    case MixerKind::kRad6:
      return rad6_mixer(pass, p, x, v_first);
    case MixerKind::kRad7:
      return rad7_mixer(pass, layer, p, x, v_first);
  }
  TORCH_CHECK(false, "unknown mixer");
}

}  // namespace radlads::train
