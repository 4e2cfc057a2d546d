#include "kernels/wkv7.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/wkv7.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include "kernels/backends.h"
#include "kernels/cpu/wkv_passes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace radlads::kernels::cpu::HWY_NAMESPACE {

void wkv7_forward_head(const WkvInputs& inputs, const WkvOutputs& outputs, int64_t item, float* scratch) {
  forward_item<true>(inputs, outputs, item, scratch);
}

void wkv7_backward_unit(const WkvInputs& inputs, const float* checkpoints, const WkvGradients& gradients,
                        int64_t item, float* scratch) {
  backward_item<true>(inputs, checkpoints, gradients, item, scratch);
}

}  // namespace radlads::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace radlads::kernels {
namespace cpu {
namespace {

WkvInputs common(const Wkv7Inputs& x) {
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

WkvGradients common(const Wkv7Gradients& x) {
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

}  // namespace

HWY_EXPORT(wkv7_forward_head);
HWY_EXPORT(wkv7_backward_unit);

void wkv7_forward(Context& context, const Wkv7Inputs& inputs, const Wkv7Outputs& outputs) {
  wkv_forward("wkv7_forward", context, common(inputs), {outputs.o, outputs.sT, outputs.checkpoints},
              HWY_DYNAMIC_DISPATCH(wkv7_forward_head));
}

void wkv7_backward(Context& context, const Wkv7Inputs& inputs, const float* checkpoints,
                   const Wkv7Gradients& gradients) {
  wkv_backward("wkv7_backward", context, common(inputs), checkpoints, common(gradients),
               HWY_DYNAMIC_DISPATCH(wkv7_backward_unit));
}

}  // namespace cpu

int64_t wkv7_checkpoint_floats(const Wkv7Inputs& inputs) {
  return cpu::wkv_checkpoint_floats(cpu::common(inputs));
}

}  // namespace radlads::kernels
#endif  // HWY_ONCE
