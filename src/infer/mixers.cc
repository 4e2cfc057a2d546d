#include "infer/mixers.h"

#include <algorithm>
#include <cmath>

#include "kernels/attention.h"
#include "kernels/gating.h"
#include "kernels/norm.h"
#include "kernels/rad6.h"
#include "kernels/rad7.h"
#include "kernels/rope.h"
#include "kernels/wkv6.h"
#include "kernels/wkv7.h"

namespace radlads::infer {
namespace {

kernels::HeadsIn heads(const Pass& pass, const float* x, int64_t count) {
  return kernels::HeadsIn::contiguous(x, pass.M, count, pass.config().N);
}

/// Qwen3's norm of each head, in place; none if `weight` is null.
void norm_heads(Pass& pass, int64_t heads, const float* weight, float* x) {
  if (weight == nullptr) return;
  const ModelConfig& config = pass.config();
  kernels::rms_norm_forward(pass.context, {.rows = pass.M * heads,
                                           .width = config.N,
                                           .eps = static_cast<float>(config.rms_norm_eps),
                                           .x = x,
                                           .weight = weight,
                                           .y = x});
}

/// q, k and v of the tokens, [M,H,N] and [M,Hkv,N], with the norms of heads, before RoPE.
struct Projections {
  float *q, *k, *v;
};

Projections project(Pass& pass, const MixerWeights& mixer, const float* x_q, const float* x_k,
                    const float* x_v) {
  const Projections p = {pass.linear(mixer.q, x_q), pass.linear(mixer.k, x_k), pass.linear(mixer.v, x_v)};
  norm_heads(pass, pass.config().H, mixer.q_norm, p.q);
  norm_heads(pass, pass.config().Hkv, mixer.k_norm, p.k);
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

/// Later layers mix the first layer's values in, whatever its mixer is.
void keep_first_values(Pass& pass, int64_t layer, const float* v) {
  if (layer == 0 && pass.v_first != nullptr) {
    std::copy_n(v, pass.M * pass.config().Hkv * pass.config().N, pass.v_first);
  }
}

float* low_rank(Pass& pass, const LowRank& pair, const float* x,
                kernels::Activation activation = kernels::Activation::kIdentity) {
  float* inner = pass.linear(pair.down, x);
  kernels::activate(pass.context,
                    {.size = pass.M * pair.down.out, .activation = activation, .x = inner, .y = inner});
  return pass.linear(pair.up, inner);
}

/// o_proj(norm(o) * gate): GroupNorm, or else the factor `scale`, then the gate of any kind.
void finish(Pass& pass, const MixerWeights& mixer, float scale, float* o, const float* x_g, float* y) {
  const ModelConfig& config = pass.config();
  if (mixer.ln_x_weight != nullptr) {
    kernels::group_norm_forward(pass.context, {.rows = pass.M,
                                               .H = config.H,
                                               .N = config.N,
                                               .eps = static_cast<float>(config.N) * 1e-5f,
                                               .x = o,
                                               .weight = mixer.ln_x_weight,
                                               .bias = mixer.ln_x_bias,
                                               .y = o});
  }
  kernels::OutputGate gate = {.size = pass.M * config.A(), .scale = scale, .x = o, .y = o};
  if (mixer.gate) {
    gate.gate = pass.linear(mixer.gate, x_g);
    gate.activation = kernels::Activation::kSigmoid;
  } else if (mixer.gate_low_rank) {
    gate.gate = low_rank(pass, mixer.gate_low_rank, x_g, kernels::Activation::kSigmoid);
  }
  kernels::output_gate(pass.context, gate);
  pass.linear(mixer.o, o, y);
}

/// Appends the new keys and values to those of each session, and attends over all of them.
void softmax_mixer(Pass& pass, int64_t layer, const float* x, float* y) {
  const ModelConfig& config = pass.config();
  const MixerWeights& mixer = pass.weights.layers[static_cast<size_t>(layer)].mixer;
  const Projections p = project(pass, mixer, x, x, x);
  keep_first_values(pass, layer, p.v);
  rotate(pass, config.H, p.q);
  rotate(pass, config.Hkv, p.k);

  const int64_t row = config.Hkv * config.N;
  std::vector<kernels::AttentionSequence>& sequences = pass.attention_sequences;
  sequences.clear();
  for (size_t s = 0; s < pass.slots.size(); ++s) {
    const int64_t begin = pass.boundaries[s], count = pass.boundaries[s + 1] - begin;
    const int64_t past = pass.pool.position(pass.slots[s]);
    KvCache& cache = pass.pool.cache(layer, pass.slots[s], past + count);
    float* k = cache.k.as<float>().data();
    float* v = cache.v.as<float>().data();
    std::copy_n(p.k + begin * row, count * row, k + past * row);
    std::copy_n(p.v + begin * row, count * row, v + past * row);
    sequences.push_back({begin, count, k, v, past + count});
  }

  float* o = pass.scratch.floats(pass.M * config.A());
  kernels::attention_forward(pass.context,
                             {.H = config.H,
                              .Hkv = config.Hkv,
                              .N = config.N,
                              .scale = 1 / std::sqrt(static_cast<float>(config.N)),
                              .q = p.q,
                              .q_stride_t = config.A(),
                              .q_stride_h = config.N,
                              .kv_stride_t = row,
                              .kv_stride_h = config.N,
                              .sequences = sequences},
                             {.o = o});
  pass.linear(mixer.o, o, y);
}

/// The five inputs x_r, x_k, x_v, x_w, x_g of RAD-RWKV6; all of them x itself without token shift.
struct MixedInputs {
  const float* x[kernels::kRad6Mixes];
};

/// Every sequence's last x becomes its shift state.
void carry_shift(Pass& pass, int64_t layer, const float* x) {
  if (!pass.keeps_states) return;
  const int64_t C = pass.config().C;
  for (size_t s = 0; s < pass.slots.size(); ++s) {
    if (pass.boundaries[s] == pass.boundaries[s + 1]) continue;
    std::copy_n(x + (pass.boundaries[s + 1] - 1) * C, C, pass.pool.shifts(layer) + pass.slots[s] * C);
  }
}

MixedInputs token_shift(Pass& pass, int64_t layer, const MixerWeights& mixer, const float* x) {
  MixedInputs inputs;
  std::fill(std::begin(inputs.x), std::end(inputs.x), x);
  if (!mixer.maa_down) return inputs;
  const int64_t M = pass.M, C = pass.config().C, S = mixer.maa_down.out / kernels::kRad6Mixes;
  const kernels::ShiftSource source = {.M = M,
                                       .C = C,
                                       .boundaries = pass.boundaries,
                                       .shift = pass.pool.shifts(layer),
                                       .state_slots = pass.slots};
  float* p = pass.scratch.floats(M * C);
  kernels::token_shift(pass.context, {.source = source, .x = x, .maa_x = mixer.maa_x, .p = p});
  float* inner = pass.linear(mixer.maa_down, p);  // [M,5,S]
  kernels::activate(
      pass.context,
      {.size = M * mixer.maa_down.out, .activation = kernels::Activation::kTanh, .x = inner, .y = inner});
  float* m = pass.scratch.floats(kernels::kRad6Mixes * M * C);
  float* inner_i = pass.scratch.floats(M * S);
  for (int64_t i = 0; i < kernels::kRad6Mixes; ++i) {
    for (int64_t t = 0; t < M; ++t) {
      std::copy_n(inner + (t * kernels::kRad6Mixes + i) * S, S, inner_i + t * S);
    }
    pass.linear(mixer.maa_up[i], inner_i, m + i * M * C);
    inputs.x[i] = m + i * M * C;
  }
  kernels::token_mix(pass.context, {.source = source, .x = x, .maa = mixer.maa, .m = m, .mixed = m});
  carry_shift(pass, layer, x);
  return inputs;
}

/// The recurrence's states, read and written in place.
struct States {
  const float* s0;
  float* sT;  // null if they are not updated
};

States states_of(Pass& pass, int64_t layer) {
  float* states = pass.pool.states(layer);
  return {states, pass.keeps_states ? states : nullptr};
}

void rad6_mixer(Pass& pass, int64_t layer, const float* x, float* y) {
  const ModelConfig& config = pass.config();
  const int64_t M = pass.M, H = config.H, Hkv = config.Hkv, N = config.N;
  const MixerWeights& mixer = pass.weights.layers[static_cast<size_t>(layer)].mixer;
  const auto [x_r, x_k, x_v, x_w, x_g] = token_shift(pass, layer, mixer, x).x;

  const Projections p = project(pass, mixer, x_r, x_k, x_v);
  if (config.options.use_rope) {
    rotate(pass, H, p.q);
    rotate(pass, Hkv, p.k);
  }
  float* lw = low_rank(pass, mixer.decay, x_w, kernels::Activation::kTanh);
  kernels::rad6_decay(pass.context, {.size = M * config.A(), .z = lw, .lw = lw});

  float* o = pass.scratch.floats(M * config.A());
  const auto [s0, sT] = states_of(pass, layer);
  kernels::wkv6_forward(pass.context,
                        {.B = 1,
                         .T = M,
                         .H = H,
                         .N = N,
                         .q = heads(pass, p.q, H),
                         .k = heads(pass, p.k, Hkv),
                         .v = heads(pass, p.v, Hkv),
                         .lw = heads(pass, lw, H),
                         .balance = config.options.balance_state,
                         .sequences = {pass.boundaries},
                         .s0 = s0,
                         .state_slots = pass.slots},
                        {.o = kernels::HeadsOut::contiguous(o, M, H, N), .sT = sT});
  finish(pass, mixer, 1.0f, o, x_g, y);
}

/// What the recurrence of RAD-RWKV7 reads.
struct Rad7Inputs {
  kernels::HeadsIn r, lw, k, v, kk, a;
};

Rad7Inputs rad7_inputs(Pass& pass, int64_t layer, const MixerWeights& mixer, const float* x) {
  const ModelConfig& config = pass.config();
  const MixerOptions& options = config.options;
  const int64_t H = config.H, Hkv = config.Hkv, N = config.N, M = pass.M;
  const int64_t key_heads = options.balance_state ? Hkv : H;
  const bool mixes_values = layer > 0;

  const Projections p = project(pass, mixer, x, x, x);
  keep_first_values(pass, layer, p.v);
  const kernels::Rad7Prepare inputs = {.M = M,
                                       .H = H,
                                       .Hkv = Hkv,
                                       .N = N,
                                       .balance = options.balance_state,
                                       .cos = options.use_rope ? pass.cos : nullptr,
                                       .sin = options.use_rope ? pass.sin : nullptr,
                                       .r_in = p.q,
                                       .k_in = p.k,
                                       .v_in = p.v,
                                       .zw = low_rank(pass, mixer.decay, x, kernels::Activation::kTanh),
                                       .za = low_rank(pass, mixer.iclr, x),
                                       .zv = mixes_values ? low_rank(pass, mixer.value_residual, x) : nullptr,
                                       .v_first = mixes_values ? pass.v_first : nullptr,
                                       .k_k = mixer.k_k,
                                       .k_a = mixer.k_a};
  const kernels::Rad7Prepared out = {.r = p.q,
                                     .lw = pass.scratch.floats(M * H * N),
                                     .a = pass.scratch.floats(M * H * N),
                                     .k = options.balance_state ? p.k : pass.scratch.floats(M * H * N),
                                     .kk = pass.scratch.floats(M * key_heads * N),
                                     .v = mixes_values ? pass.scratch.floats(M * H * N) : nullptr};
  kernels::rad7_prepare(pass.context, inputs, out);
  return {.r = heads(pass, out.r, H),
          .lw = heads(pass, out.lw, H),
          .k = heads(pass, out.k, key_heads),
          .v = mixes_values ? heads(pass, out.v, H) : heads(pass, p.v, Hkv),
          .kk = heads(pass, out.kk, key_heads),
          .a = heads(pass, out.a, H)};
}

void rad7_mixer(Pass& pass, int64_t layer, const float* x, float* y) {
  const ModelConfig& config = pass.config();
  const int64_t M = pass.M, H = config.H, N = config.N;
  const MixerWeights& mixer = pass.weights.layers[static_cast<size_t>(layer)].mixer;
  const Rad7Inputs in = rad7_inputs(pass, layer, mixer, x);

  float* o = pass.scratch.floats(M * H * N);
  const auto [s0, sT] = states_of(pass, layer);
  kernels::wkv7_forward(pass.context,
                        {.B = 1,
                         .T = M,
                         .H = H,
                         .N = N,
                         .r = in.r,
                         .lw = in.lw,
                         .k = in.k,
                         .v = in.v,
                         .kk = in.kk,
                         .a = in.a,
                         .balance = config.options.balance_state,
                         .sequences = {pass.boundaries},
                         .s0 = s0,
                         .state_slots = pass.slots},
                        {.o = kernels::HeadsOut::contiguous(o, M, H, N), .sT = sT});
  const float scale = config.options.groupnorm_att ? 1.0f : 1 / std::sqrt(static_cast<float>(N));
  finish(pass, mixer, scale, o, x, y);
}

}  // namespace

void mix(Pass& pass, int64_t layer, const float* x, float* y) {
  switch (pass.weights.layers[static_cast<size_t>(layer)].kind) {
    case MixerKind::kSoftmax:
      return softmax_mixer(pass, layer, x, y);
    case MixerKind::kRad6:
      return rad6_mixer(pass, layer, x, y);
    case MixerKind::kRad7:
      return rad7_mixer(pass, layer, x, y);
  }
}

}  // namespace radlads::infer
