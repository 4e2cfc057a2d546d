// Equations: kernels/rad7.h, kernels/wkv7.h.
#include "mixers/shared/infer.h"

#include <cmath>

#include "kernels/rad7.h"
#include "kernels/wkv7.h"
#include "mixers/table.h"

namespace radlads::mixers {
namespace {

/// What the recurrence reads.
struct Inputs {
  kernels::HeadsIn r, lw, k, v, kk, a;
};

class Rad7Mixer : public infer::Mixer {
 public:
  Rad7Mixer(infer::WeightLoader& loader, bool is_first)
      : projections_(loader),
        decay_(loader.low_rank("w1", "w2", "w0")),
        iclr_(loader.low_rank("a1", "a2", "a0")),
        gate_(loader),
        rope_(loader.config().options["use_rope"] != 0),
        balance_(loader.config().options["balance_state"] != 0) {
    if (!is_first) value_residual_ = loader.low_rank("v1", "v2", "v0");
    if (balance_) return;
    k_k_ = loader.vector("k_k");
    k_a_ = loader.vector("k_a");
  }

  void forward(Pass& pass, int64_t layer, const float* x, float* y) const override {
    const ModelConfig& config = pass.config();
    const int64_t M = pass.M, H = config.H, N = config.N;
    const Inputs in = inputs(pass, layer, x);

    float* o = pass.scratch.floats(M * H * N);
    const RecurrentState state(pass, layer);
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
                           .balance = balance_,
                           .sequences = {pass.boundaries},
                           .s0 = state.s0,
                           .state_slots = pass.slots},
                          {.o = kernels::HeadsOut::contiguous(o, M, H, N), .sT = state.sT});
    const float scale = gate_.norm_weight != nullptr ? 1.0f : 1 / std::sqrt(static_cast<float>(N));
    finish(pass, projections_, gate_, scale, o, x, y);
  }

 private:
  Inputs inputs(Pass& pass, int64_t layer, const float* x) const {
    const ModelConfig& config = pass.config();
    const int64_t H = config.H, Hkv = config.Hkv, N = config.N, M = pass.M;
    const int64_t key_heads = balance_ ? Hkv : H;
    const bool mixes_values = static_cast<bool>(value_residual_);

    const Projections p = project(pass, projections_, x, x, x);
    keep_first_values(pass, layer, p.v);
    const kernels::Rad7Prepare in = {.M = M,
                                     .H = H,
                                     .Hkv = Hkv,
                                     .N = N,
                                     .balance = balance_,
                                     .cos = rope_ ? pass.cos : nullptr,
                                     .sin = rope_ ? pass.sin : nullptr,
                                     .r_in = p.q,
                                     .k_in = p.k,
                                     .v_in = p.v,
                                     .zw = low_rank(pass, decay_, x, kernels::Activation::kTanh),
                                     .za = low_rank(pass, iclr_, x),
                                     .zv = mixes_values ? low_rank(pass, value_residual_, x) : nullptr,
                                     .v_first = mixes_values ? pass.v_first : nullptr,
                                     .k_k = k_k_,
                                     .k_a = k_a_};
    const kernels::Rad7Prepared out = {.r = p.q,
                                       .lw = pass.scratch.floats(M * H * N),
                                       .a = pass.scratch.floats(M * H * N),
                                       .k = balance_ ? p.k : pass.scratch.floats(M * H * N),
                                       .kk = pass.scratch.floats(M * key_heads * N),
                                       .v = mixes_values ? pass.scratch.floats(M * H * N) : nullptr};
    kernels::rad7_prepare(pass.context, in, out);
    return {.r = heads(pass, out.r, H),
            .lw = heads(pass, out.lw, H),
            .k = heads(pass, out.k, key_heads),
            .v = mixes_values ? heads(pass, out.v, H) : heads(pass, p.v, Hkv),
            .kk = heads(pass, out.kk, key_heads),
            .a = heads(pass, out.a, H)};
  }

  ProjectionWeights projections_;
  LowRank decay_;           // bias: w0
  LowRank iclr_;            // bias: a0
  LowRank value_residual_;  // bias: v0; not in the first layer
  GateWeights gate_;
  bool rope_, balance_;
  const float* k_k_ = nullptr;  // [A], balance off
  const float* k_a_ = nullptr;  // [A], balance off
};

}  // namespace

std::unique_ptr<infer::Mixer> Rad7::load(infer::WeightLoader& loader, int64_t layer) {
  return std::make_unique<Rad7Mixer>(loader, layer == 0);
}

}  // namespace radlads::mixers
