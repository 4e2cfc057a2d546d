#include "mixers/shared/infer.h"

#include <algorithm>

#include "kernels/norm.h"
#include "kernels/rope.h"

namespace radlads::mixers {
namespace {

/// Qwen3's norm of each head, in place; none if `weight` is null.
void norm_heads(Pass& pass, int64_t heads, const float* weight, float* x) {
  if (weight == nullptr) return;
  const ModelConfig& config = pass.config();
  kernels::rms_norm_forward(pass.context, {.rows = pass.M * heads,
                                           .width = config.N,
                                           .eps = static_cast<float>(config.norm_eps),
                                           .x = x,
                                           .weight = weight,
                                           .y = x});
}

}  // namespace

ProjectionWeights::ProjectionWeights(infer::WeightLoader& loader)
    : q(loader.linear("q_proj")),
      k(loader.linear("k_proj")),
      v(loader.linear("v_proj")),
      o(loader.linear("o_proj")) {
  if (!loader.config().qk_norm) return;
  q_norm = loader.vector("q_norm.weight");
  k_norm = loader.vector("k_norm.weight");
}

GateWeights::GateWeights(infer::WeightLoader& loader) {
  const MixerOptions& options = loader.config().options;
  if (options["gate_rank_type"] == 1) full = loader.matrix("gate.weight");
  if (options["gate_rank_type"] == 2) low_rank = loader.low_rank("g1", "g2");
  if (options["groupnorm_att"] == 0) return;
  norm_weight = loader.vector("ln_x.weight");
  norm_bias = loader.vector("ln_x.bias");
}

Projections project(Pass& pass, const ProjectionWeights& weights, const float* x_q, const float* x_k,
                    const float* x_v) {
  const Projections p = {pass.linear(weights.q, x_q), pass.linear(weights.k, x_k),
                         pass.linear(weights.v, x_v)};
  norm_heads(pass, pass.config().H, weights.q_norm, p.q);
  norm_heads(pass, pass.config().Hkv, weights.k_norm, p.k);
  return p;
}

void rotate(Pass& pass, int64_t heads, float* x) {
  kernels::rope(pass.context, {.rows = pass.M,
                               .heads = heads,
                               .N = pass.config().N,
                               .cos = pass.cos,
                               .sin = pass.sin,
                               .x = x,
                               .y = x});
}

void keep_first_values(Pass& pass, int64_t layer, const float* v) {
  if (layer == 0 && pass.v_first != nullptr) {
    std::copy_n(v, pass.M * pass.config().Hkv * pass.config().N, pass.v_first);
  }
}

float* low_rank(Pass& pass, const LowRank& pair, const float* x, kernels::Activation activation) {
  float* inner = pass.linear(pair.down, x);
  kernels::activate(pass.context,
                    {.size = pass.M * pair.down.out, .activation = activation, .x = inner, .y = inner});
  return pass.linear(pair.up, inner);
}

void finish(Pass& pass, const ProjectionWeights& projections, const GateWeights& weights, float scale,
            float* o, const float* x_g, float* y) {
  const ModelConfig& config = pass.config();
  if (weights.norm_weight != nullptr) {
    kernels::group_norm_forward(pass.context, {.rows = pass.M,
                                               .H = config.H,
                                               .N = config.N,
                                               .eps = static_cast<float>(config.head_norm_eps),
                                               .x = o,
                                               .weight = weights.norm_weight,
                                               .bias = weights.norm_bias,
                                               .y = o});
  }
  kernels::OutputGate gate = {.size = pass.M * config.A(), .scale = scale, .x = o, .y = o};
  if (weights.full) {
    gate.gate = pass.linear(weights.full, x_g);
    gate.activation = kernels::Activation::kSigmoid;
  } else if (weights.low_rank) {
    gate.gate = low_rank(pass, weights.low_rank, x_g, kernels::Activation::kSigmoid);
  }
  kernels::output_gate(pass.context, gate);
  pass.linear(projections.o, o, y);
}

kernels::HeadsIn heads(const Pass& pass, const float* x, int64_t count) {
  return kernels::HeadsIn::contiguous(x, pass.M, count, pass.config().N);
}

RecurrentState::RecurrentState(Pass& pass, int64_t layer)
    : s0(pass.pool.states(layer, 0)), sT(pass.keeps_states ? pass.pool.states(layer, 0) : nullptr) {}

}  // namespace radlads::mixers
