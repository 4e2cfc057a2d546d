// What mixers in the teachers' place do alike in inference: the projections that they inherit, and the RAD
// mixers' low-rank pairs, states, norm and gate.
#pragma once

#include "infer/layer.h"
#include "infer/pass.h"
#include "infer/weights.h"
#include "kernels/gating.h"
#include "kernels/heads.h"

namespace radlads::mixers {

using infer::LowRank;
using infer::Matrix;
using infer::Pass;

struct ProjectionWeights {
  explicit ProjectionWeights(infer::WeightLoader& loader);

  Matrix q, k, v, o;
  const float* q_norm = nullptr;  // [N], Qwen3
  const float* k_norm = nullptr;  // [N]
};

struct GateWeights {
  explicit GateWeights(infer::WeightLoader& loader);

  Matrix full;                         // [A,C], gate_rank_type 1
  LowRank low_rank;                    // gate_rank_type 2
  const float* norm_weight = nullptr;  // [A], groupnorm_att
  const float* norm_bias = nullptr;    // [A]
};

/// q, k and v of the tokens, [M,H,N] and [M,Hkv,N], with the norms of heads, before RoPE.
struct Projections {
  float *q, *k, *v;
};

Projections project(Pass& pass, const ProjectionWeights& weights, const float* x_q, const float* x_k,
                    const float* x_v);

/// Rotary positions of `heads` heads, in place.
void rotate(Pass& pass, int64_t heads, float* x);

/// Later layers mix the first layer's values in, whatever its mixer is.
void keep_first_values(Pass& pass, int64_t layer, const float* v);

float* low_rank(Pass& pass, const LowRank& pair, const float* x,
                kernels::Activation activation = kernels::Activation::kIdentity);

/// y = o_proj(norm(o) * gate(x_g)): GroupNorm, or else the factor `scale`, then the gate of any kind.
/// Overwrites o.
void finish(Pass& pass, const ProjectionWeights& projections, const GateWeights& gate, float scale, float* o,
            const float* x_g, float* y);

kernels::HeadsIn heads(const Pass& pass, const float* x, int64_t count);

/// The recurrence's states, read and written in place.
struct RecurrentState {
  RecurrentState(Pass& pass, int64_t layer);

  const float* s0;
  float* sT;  // null if they are not updated
};

}  // namespace radlads::mixers
