// Equations: kernels/rad6.h, kernels/wkv6.h.
#include "mixers/shared/infer.h"

#include <algorithm>

#include "kernels/rad6.h"
#include "kernels/wkv6.h"
#include "mixers/table.h"

namespace radlads::mixers {
namespace {

constexpr int64_t kMixes = kernels::kRad6Mixes;
constexpr int64_t kShift = 1;  // index of its state

/// Of the data-dependent token shift; the mixes in the order r, k, v, w, g.
struct ShiftWeights {
  explicit ShiftWeights(infer::WeightLoader& loader)
      : maa_x(loader.vector("time_maa_x")), down(loader.transposed("time_maa_w1")) {
    for (size_t i = 0; i < maa.size(); ++i) {
      up[i] = loader.transposed("time_maa_w2", static_cast<int64_t>(i));
      maa[i] = loader.vector(std::string("time_maa_") + "rkvwg"[i]);
    }
  }

  const float* maa_x;                      // [C]
  Matrix down;                             // [5S,C]
  std::array<Matrix, kMixes> up;           // [C,S]
  std::array<const float*, kMixes> maa{};  // [C]
};

/// The inputs x_r, x_k, x_v, x_w, x_g.
struct MixedInputs {
  const float* x[kMixes];
};

class Rad6Mixer : public infer::Mixer {
 public:
  explicit Rad6Mixer(infer::WeightLoader& loader)
      : projections_(loader),
        decay_(loader.low_rank("time_decay_w1", "time_decay_w2", "time_decay")),
        gate_(loader),
        rope_(loader.config().options["use_rope"] != 0),
        balance_(loader.config().options["balance_state"] != 0) {
    if (loader.config().options["use_tokenshift"] != 0) shift_.emplace(loader);
  }

  void forward(Pass& pass, int64_t layer, const float* x, float* y) const override {
    const ModelConfig& config = pass.config();
    const int64_t M = pass.M, H = config.H, Hkv = config.Hkv, N = config.N;
    const auto [x_r, x_k, x_v, x_w, x_g] = mixed_inputs(pass, layer, x).x;

    const Projections p = project(pass, projections_, x_r, x_k, x_v);
    if (rope_) {
      rotate(pass, H, p.q);
      rotate(pass, Hkv, p.k);
    }
    float* lw = low_rank(pass, decay_, x_w, kernels::Activation::kTanh);
    kernels::rad6_decay(pass.context, {.size = M * config.A(), .z = lw, .lw = lw});

    float* o = pass.scratch.floats(M * config.A());
    const RecurrentState state(pass, layer);
    kernels::wkv6_forward(pass.context,
                          {.B = 1,
                           .T = M,
                           .H = H,
                           .N = N,
                           .q = heads(pass, p.q, H),
                           .k = heads(pass, p.k, Hkv),
                           .v = heads(pass, p.v, Hkv),
                           .lw = heads(pass, lw, H),
                           .balance = balance_,
                           .sequences = {pass.boundaries},
                           .s0 = state.s0,
                           .state_slots = pass.slots},
                          {.o = kernels::HeadsOut::contiguous(o, M, H, N), .sT = state.sT});
    finish(pass, projections_, gate_, 1.0f, o, x_g, y);
  }

 private:
  /// All of them x itself without token shift.
  MixedInputs mixed_inputs(Pass& pass, int64_t layer, const float* x) const {
    MixedInputs inputs;
    std::fill(std::begin(inputs.x), std::end(inputs.x), x);
    if (!shift_) return inputs;
    const int64_t M = pass.M, C = pass.config().C, S = shift_->down.out / kMixes;
    const kernels::ShiftSource source = pass.shift_source(layer, kShift);
    float* p = pass.scratch.floats(M * C);
    kernels::token_shift(pass.context, {.source = source, .x = x, .mu = {&shift_->maa_x, 1}, .y = p});
    float* inner = pass.linear(shift_->down, p);  // [M,5,S]
    kernels::activate(
        pass.context,
        {.size = M * shift_->down.out, .activation = kernels::Activation::kTanh, .x = inner, .y = inner});
    float* m = pass.scratch.floats(kMixes * M * C);
    float* inner_i = pass.scratch.floats(M * S);
    for (int64_t i = 0; i < kMixes; ++i) {
      for (int64_t t = 0; t < M; ++t) std::copy_n(inner + (t * kMixes + i) * S, S, inner_i + t * S);
      pass.linear(shift_->up[static_cast<size_t>(i)], inner_i, m + i * M * C);
      inputs.x[i] = m + i * M * C;
    }
    kernels::token_mix(pass.context, {.source = source, .x = x, .maa = shift_->maa, .m = m, .mixed = m});
    pass.carry_last_rows(layer, kShift, x);
    return inputs;
  }

  ProjectionWeights projections_;
  LowRank decay_;  // bias: time_decay
  GateWeights gate_;
  std::optional<ShiftWeights> shift_;
  bool rope_, balance_;
};

}  // namespace

std::unique_ptr<infer::Mixer> Rad6::load(infer::WeightLoader& loader, int64_t) {
  return std::make_unique<Rad6Mixer>(loader);
}

}  // namespace radlads::mixers
