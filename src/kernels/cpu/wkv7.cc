#include "kernels/wkv7.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/wkv7.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include "kernels/backends.h"
#include "kernels/cpu/wkv_passes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace radlads::kernels::cpu::HWY_NAMESPACE {

void wkv7_forward_head(const WkvInputs& inputs, const WkvOutputs& outputs, int64_t s, int64_t h,
                       WkvColumns columns, float* scratch) {
  forward_item<true>(inputs, outputs, s, h, columns, scratch);
}

WkvBackwardItems wkv7_backward_items() { return backward_items<true>(); }

}  // namespace radlads::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace radlads::kernels {
namespace cpu {
HWY_EXPORT(wkv7_forward_head);
HWY_EXPORT(wkv7_backward_items);

void wkv7_forward(Context& context, const Wkv7Inputs& inputs, const Wkv7Outputs& outputs) {
  wkv_forward("wkv7_forward", context, wkv_form(inputs), wkv_form(outputs),
              HWY_DYNAMIC_DISPATCH(wkv7_forward_head));
}

void wkv7_backward(Context& context, const Wkv7Inputs& inputs, const float* checkpoints,
                   const Wkv7Gradients& gradients) {
  wkv_backward("wkv7_backward", context, wkv_form(inputs), checkpoints, wkv_form(gradients),
               HWY_DYNAMIC_DISPATCH(wkv7_backward_items)());
}

}  // namespace cpu

int64_t wkv7_checkpoint_floats(const Wkv7Inputs& inputs) {
  return cpu::wkv_checkpoint_floats(wkv_form(inputs));
}

}  // namespace radlads::kernels
#endif  // HWY_ONCE
