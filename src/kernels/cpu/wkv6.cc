#include "kernels/wkv6.h"

#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/wkv6.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include "kernels/backends.h"
#include "kernels/cpu/wkv_passes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace radlads::kernels::cpu::HWY_NAMESPACE {

void wkv6_forward_head(const WkvInputs& inputs, const WkvOutputs& outputs, int64_t item, float* scratch) {
  forward_item<false>(inputs, outputs, item, scratch);
}

void wkv6_backward_unit(const WkvInputs& inputs, const float* checkpoints, const WkvGradients& gradients,
                        int64_t item, float* scratch) {
  backward_item<false>(inputs, checkpoints, gradients, item, scratch);
}

}  // namespace radlads::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace radlads::kernels {
namespace cpu {
namespace {

WkvInputs common(const Wkv6Inputs& x) {
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

WkvGradients common(const Wkv6Gradients& x) {
  return {.d_o = x.d_o, .d_sT = x.d_sT, .dr = x.dq, .dlw = x.dlw, .dk = x.dk, .dv = x.dv, .ds0 = x.ds0};
}

}  // namespace

HWY_EXPORT(wkv6_forward_head);
HWY_EXPORT(wkv6_backward_unit);

void wkv6_forward(Context& context, const Wkv6Inputs& inputs, const Wkv6Outputs& outputs) {
  wkv_forward("wkv6_forward", context, common(inputs), {outputs.o, outputs.sT, outputs.checkpoints},
              HWY_DYNAMIC_DISPATCH(wkv6_forward_head));
}

void wkv6_backward(Context& context, const Wkv6Inputs& inputs, const float* checkpoints,
                   const Wkv6Gradients& gradients) {
  wkv_backward("wkv6_backward", context, common(inputs), checkpoints, common(gradients),
               HWY_DYNAMIC_DISPATCH(wkv6_backward_unit));
}

}  // namespace cpu

int64_t wkv6_checkpoint_floats(const Wkv6Inputs& inputs) {
  return cpu::wkv_checkpoint_floats(cpu::common(inputs));
}

}  // namespace radlads::kernels
#endif  // HWY_ONCE
