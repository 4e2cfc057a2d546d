#include "kernels/wkv.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace radlads::kernels {
namespace {

/// `heads` 0: any number that divides H.
template <class T>
void check_heads(const char* kernel, const char* name, const WkvInputs& inputs, const Heads<T>& x,
                 int64_t heads) {
  RADLADS_CHECK(x || inputs.B * inputs.T == 0, "[{}] {} is missing", kernel, name);
  RADLADS_CHECK(x.heads > 0 && inputs.H % x.heads == 0 && (heads == 0 || x.heads == heads),
                "[{}] {} has {} heads, of {}", kernel, name, x.heads, inputs.H);
  RADLADS_CHECK(x.dtype == DType::kF32 || x.dtype == DType::kBF16, "[{}] {} is neither float32 nor bfloat16",
                kernel, name);
}

void check_sequences(const char* kernel, const WkvInputs& inputs) {
  const auto& boundaries = inputs.sequences.boundaries;
  if (!boundaries.empty()) {
    RADLADS_CHECK(inputs.B == 1 && boundaries.front() == 0 && boundaries.back() == inputs.T &&
                      std::is_sorted(boundaries.begin(), boundaries.end()),
                  "[{}] boundaries do not cut {} x {} tokens", kernel, inputs.B, inputs.T);
  }
  RADLADS_CHECK(
      inputs.state_slots.empty() || static_cast<int64_t>(inputs.state_slots.size()) == inputs.num_sequences(),
      "[{}] {} state slots for {} sequences", kernel, inputs.state_slots.size(), inputs.num_sequences());
}

void check_inputs(const char* kernel, const WkvInputs& inputs) {
  RADLADS_CHECK(inputs.B >= 0 && inputs.T >= 0 && inputs.H > 0 && inputs.N > 0, "[{}] B {}, T {}, H {}, N {}",
                kernel, inputs.B, inputs.T, inputs.H, inputs.N);
  check_heads(kernel, "r", inputs, inputs.r, inputs.H);
  check_heads(kernel, "lw", inputs, inputs.lw, inputs.H);
  check_heads(kernel, "k", inputs, inputs.k, 0);
  check_heads(kernel, "v", inputs, inputs.v, 0);
  if (inputs.delta) check_heads(kernel, "kk", inputs, inputs.kk, 0);
  if (inputs.delta) check_heads(kernel, "a", inputs, inputs.a, inputs.H);
  const int64_t units = inputs.num_units();
  RADLADS_CHECK(inputs.k.heads % units == 0 && inputs.v.heads % units == 0 &&
                    (!inputs.delta || inputs.kk.heads % units == 0),
                "[{}] the groups of heads overlap", kernel);
  check_sequences(kernel, inputs);
}

}  // namespace

int64_t WkvInputs::num_units() const {
  const int64_t units = std::min(k.heads, v.heads);
  return delta ? std::min(units, kk.heads) : units;
}

WkvInputs wkv_form(const Wkv6Inputs& x) {
  return {.B = x.B,
          .T = x.T,
          .H = x.H,
          .N = x.N,
          .r = x.q,
          .lw = x.lw,
          .k = x.k,
          .v = x.v,
          .balance = x.balance,
          .scale = 1.0f / std::sqrt(static_cast<float>(x.N)),
          .sequences = x.sequences,
          .s0 = x.s0,
          .state_slots = x.state_slots};
}

WkvInputs wkv_form(const Wkv7Inputs& x) {
  return {.delta = true,
          .B = x.B,
          .T = x.T,
          .H = x.H,
          .N = x.N,
          .r = x.r,
          .lw = x.lw,
          .k = x.k,
          .v = x.v,
          .kk = x.kk,
          .a = x.a,
          .balance = x.balance,
          .sequences = x.sequences,
          .s0 = x.s0,
          .state_slots = x.state_slots};
}

WkvOutputs wkv_form(const Wkv6Outputs& x) { return {x.o, x.sT, x.checkpoints}; }
WkvOutputs wkv_form(const Wkv7Outputs& x) { return {x.o, x.sT, x.checkpoints}; }

WkvGradients wkv_form(const Wkv6Gradients& x) {
  return {.d_o = x.d_o, .d_sT = x.d_sT, .dr = x.dq, .dlw = x.dlw, .dk = x.dk, .dv = x.dv, .ds0 = x.ds0};
}

WkvGradients wkv_form(const Wkv7Gradients& x) {
  return {.d_o = x.d_o,
          .d_sT = x.d_sT,
          .dr = x.dr,
          .dlw = x.dlw,
          .dk = x.dk,
          .dv = x.dv,
          .dkk = x.dkk,
          .da = x.da,
          .ds0 = x.ds0};
}

void check_forward(const char* kernel, const WkvInputs& inputs, const WkvOutputs& outputs) {
  check_inputs(kernel, inputs);
  check_heads(kernel, "o", inputs, outputs.o, inputs.H);
}

void check_backward(const char* kernel, const WkvInputs& inputs, const WkvGradients& gradients) {
  check_inputs(kernel, inputs);
  check_heads(kernel, "d_o", inputs, gradients.d_o, inputs.H);
  check_heads(kernel, "dr", inputs, gradients.dr, inputs.H);
  check_heads(kernel, "dlw", inputs, gradients.dlw, inputs.H);
  check_heads(kernel, "dk", inputs, gradients.dk, inputs.k.heads);
  check_heads(kernel, "dv", inputs, gradients.dv, inputs.v.heads);
  if (inputs.delta) check_heads(kernel, "dkk", inputs, gradients.dkk, inputs.kk.heads);
  if (inputs.delta) check_heads(kernel, "da", inputs, gradients.da, inputs.H);
}

}  // namespace radlads::kernels
