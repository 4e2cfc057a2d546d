#include "kernels/wkv6.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/wkv6.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include "kernels/backends.h"
#include "kernels/cpu/wkv_passes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace radlads::kernels::cpu::HWY_NAMESPACE {

void wkv6_forward_head(const WkvInputs& inputs, const WkvOutputs& outputs, int64_t s, int64_t h,
                       WkvColumns columns, float* scratch) {
  forward_item<false>(inputs, outputs, s, h, columns, scratch);
}

WkvBackwardItems wkv6_backward_items() { return backward_items<false>(); }

}  // namespace radlads::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace radlads::kernels {
namespace cpu {
HWY_EXPORT(wkv6_forward_head);
HWY_EXPORT(wkv6_backward_items);

void wkv6_forward(Context& context, const Wkv6Inputs& inputs, const Wkv6Outputs& outputs) {
  wkv_forward("wkv6_forward", context, wkv_form(inputs), wkv_form(outputs),
              HWY_DYNAMIC_DISPATCH(wkv6_forward_head));
}

void wkv6_backward(Context& context, const Wkv6Inputs& inputs, const float* checkpoints,
                   const Wkv6Gradients& gradients) {
  wkv_backward("wkv6_backward", context, wkv_form(inputs), checkpoints, wkv_form(gradients),
               HWY_DYNAMIC_DISPATCH(wkv6_backward_items)());
}

}  // namespace cpu

int64_t wkv6_checkpoint_floats(const Wkv6Inputs& inputs) {
  return cpu::wkv_checkpoint_floats(wkv_form(inputs));
}

}  // namespace radlads::kernels
#endif  // HWY_ONCE
