// wkv6 and wkv7 on a CUDA device.
#include "kernels/backends.h"
#include "kernels/cuda/gpu.h"
#include "kernels/cuda/wkv_passes.h"

namespace radlads::kernels::cuda {

void wkv6_forward(Context& context, const Wkv6Inputs& inputs, const Wkv6Outputs& outputs) {
  Gpu gpu(context);
  wkv_forward<false>("wkv6_forward", gpu, wkv_form(inputs), wkv_form(outputs),
                     wkv6_checkpoint_floats(inputs));
}

void wkv6_backward(Context& context, const Wkv6Inputs& inputs, const float* checkpoints,
                   const Wkv6Gradients& gradients) {
  Gpu gpu(context);
  wkv_backward<false>("wkv6_backward", gpu, wkv_form(inputs), checkpoints, wkv_form(gradients));
}

void wkv7_forward(Context& context, const Wkv7Inputs& inputs, const Wkv7Outputs& outputs) {
  Gpu gpu(context);
  wkv_forward<true>("wkv7_forward", gpu, wkv_form(inputs), wkv_form(outputs), wkv7_checkpoint_floats(inputs));
}

void wkv7_backward(Context& context, const Wkv7Inputs& inputs, const float* checkpoints,
                   const Wkv7Gradients& gradients) {
  Gpu gpu(context);
  wkv_backward<true>("wkv7_backward", gpu, wkv_form(inputs), checkpoints, wkv_form(gradients));
}

}  // namespace radlads::kernels::cuda
