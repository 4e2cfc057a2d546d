// Equations: kernels/rad7.h (without balance and RoPE), kernels/wkv7.h, kernels/bonus.h.
#include "mixers/shared/infer.h"

#include <array>

#include "kernels/bonus.h"
#include "kernels/norm.h"
#include "kernels/rad7.h"
#include "kernels/wkv7.h"
#include "mixers/table.h"

namespace radlads::mixers {
namespace {

constexpr size_t kShift = 1;  // index of its state

/// The inputs of the projections: x mixed with the token before, each in its own way.
struct ShiftedInputs {
  const float *r, *w, *k, *v, *a, *g;  // [M,C]
};

class GooseMixer : public infer::Mixer {
 public:
  GooseMixer(infer::WeightLoader& loader, bool is_first)
      : receptance_(loader.matrix("receptance.weight")),
        key_(loader.matrix("key.weight")),
        value_(loader.matrix("value.weight")),
        output_(loader.matrix("output.weight")),
        decay_(loader.low_rank("w1", "w2", "w0")),
        iclr_(loader.low_rank("a1", "a2", "a0")),
        gate_(loader.low_rank("g1", "g2")),
        k_k_(loader.vector("k_k")),
        k_a_(loader.vector("k_a")),
        r_k_(loader.vector("r_k")),
        norm_weight_(loader.vector("ln_x.weight")),
        norm_bias_(loader.vector("ln_x.bias")) {
    constexpr const char* kNames[] = {"x_r", "x_w", "x_k", "x_v", "x_a", "x_g"};
    for (size_t i = 0; i < mu_.size(); ++i) mu_[i] = loader.vector(kNames[i]);
    if (!is_first) value_residual_ = loader.low_rank("v1", "v2", "v0");
  }

  void forward(Pass& pass, int64_t layer, const float* x, float* y) const override {
    const int64_t M = pass.M, H = pass.config().H, N = pass.config().N;
    const ShiftedInputs in = shifted_inputs(pass, layer, x);
    const kernels::Rad7Prepared p = prepare(pass, layer, in);

    float* o = pass.scratch.floats(M * H * N);
    const RecurrentState state(pass, layer);
    kernels::wkv7_forward(pass.context,
                          {.B = 1,
                           .T = M,
                           .H = H,
                           .N = N,
                           .r = heads(pass, p.r, H),
                           .lw = heads(pass, p.lw, H),
                           .k = heads(pass, p.k, H),
                           .v = heads(pass, p.v, H),
                           .kk = heads(pass, p.kk, H),
                           .a = heads(pass, p.a, H),
                           .balance = false,
                           .sequences = {pass.boundaries},
                           .s0 = state.s0,
                           .state_slots = pass.slots},
                          {.o = kernels::HeadsOut::contiguous(o, M, H, N), .sT = state.sT});
    kernels::group_norm_forward(pass.context, {.rows = M,
                                               .H = H,
                                               .N = N,
                                               .eps = static_cast<float>(pass.config().head_norm_eps),
                                               .x = o,
                                               .weight = norm_weight_,
                                               .bias = norm_bias_,
                                               .y = o});
    kernels::bonus(pass.context,
                   {.M = M, .H = H, .N = N, .r = p.r, .k = p.k, .v = p.v, .r_k = r_k_, .x = o, .y = o});
    const float* g = low_rank(pass, gate_, in.g, kernels::Activation::kSigmoid);
    kernels::output_gate(pass.context, {.size = M * H * N, .x = o, .gate = g, .y = o});
    pass.linear(output_, o, y);
  }

 private:
  ShiftedInputs shifted_inputs(Pass& pass, int64_t layer, const float* x) const {
    const int64_t size = pass.M * pass.config().C;
    float* y = pass.scratch.floats(static_cast<int64_t>(mu_.size()) * size);
    kernels::token_shift(pass.context, {pass.shift_source(layer, kShift), x, mu_, y});
    pass.carry_last_rows(layer, kShift, x);
    return {y, y + size, y + 2 * size, y + 3 * size, y + 4 * size, y + 5 * size};
  }

  kernels::Rad7Prepared prepare(Pass& pass, int64_t layer, const ShiftedInputs& in) const {
    const int64_t M = pass.M, H = pass.config().H, N = pass.config().N;
    const bool mixes_values = static_cast<bool>(value_residual_);
    float* r = pass.linear(receptance_, in.r);
    const float* k = pass.linear(key_, in.k);
    float* v = pass.linear(value_, in.v);
    keep_first_values(pass, layer, v);
    const kernels::Rad7Prepare inputs = {.M = M,
                                         .H = H,
                                         .Hkv = H,
                                         .N = N,
                                         .balance = false,
                                         .r_in = r,
                                         .k_in = k,
                                         .v_in = v,
                                         .zw = low_rank(pass, decay_, in.w, kernels::Activation::kTanh),
                                         .za = low_rank(pass, iclr_, in.a),
                                         .zv = mixes_values ? low_rank(pass, value_residual_, in.v) : nullptr,
                                         .v_first = mixes_values ? pass.v_first : nullptr,
                                         .k_k = k_k_,
                                         .k_a = k_a_};
    kernels::Rad7Prepared outputs = {.r = r,
                                     .lw = pass.scratch.floats(M * H * N),
                                     .a = pass.scratch.floats(M * H * N),
                                     .k = pass.scratch.floats(M * H * N),
                                     .kk = pass.scratch.floats(M * H * N),
                                     .v = mixes_values ? pass.scratch.floats(M * H * N) : nullptr};
    kernels::rad7_prepare(pass.context, inputs, outputs);
    if (!mixes_values) outputs.v = v;
    return outputs;
  }

  std::array<const float*, 6> mu_{};  // [C] each: r, w, k, v, a, g
  Matrix receptance_, key_, value_, output_;
  LowRank decay_;           // bias: w0
  LowRank iclr_;            // bias: a0
  LowRank value_residual_;  // bias: v0; not in the first layer
  LowRank gate_;
  const float *k_k_, *k_a_, *r_k_;         // [A], [A], [H,N]
  const float *norm_weight_, *norm_bias_;  // [A]
};

}  // namespace

std::unique_ptr<infer::Mixer> Goose::load(infer::WeightLoader& loader, int64_t layer) {
  return std::make_unique<GooseMixer>(loader, layer == 0);
}

}  // namespace radlads::mixers
