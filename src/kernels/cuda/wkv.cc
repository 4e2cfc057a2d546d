// wkv6 and wkv7 on a CUDA device: in chunks on tensor cores where possible, else token by token in
// float32.
#include "kernels/backends.h"
#include "kernels/cuda/chunk/chunk.h"
#include "kernels/cuda/gpu.h"
#include "kernels/cuda/wkv_passes.h"

namespace radlads::kernels::cuda {
namespace {

/// The same for both passes on the same inputs: their checkpoints differ.
bool takes_chunks(const WkvInputs& inputs) { return chunk::supports(inputs) && !is_decode(inputs); }

template <bool kDelta>
void forward(const char* kernel, Context& context, const WkvInputs& inputs, const WkvOutputs& outputs,
             int64_t checkpoint_floats) {
  Gpu gpu(context);
  if (!takes_chunks(inputs)) return wkv_forward<kDelta>(kernel, gpu, inputs, outputs, checkpoint_floats);
  check_forward(kernel, inputs, outputs);
  chunk::forward(gpu.stream(), inputs, outputs);
}

template <bool kDelta>
void backward(const char* kernel, Context& context, const WkvInputs& inputs, const float* checkpoints,
              const WkvGradients& gradients) {
  Gpu gpu(context);
  if (!takes_chunks(inputs)) return wkv_backward<kDelta>(kernel, gpu, inputs, checkpoints, gradients);
  check_backward(kernel, inputs, gradients);
  chunk::backward(gpu.stream(), inputs, checkpoints, gradients);
}

}  // namespace

void wkv6_forward(Context& context, const Wkv6Inputs& inputs, const Wkv6Outputs& outputs) {
  forward<false>("wkv6_forward", context, wkv_form(inputs), wkv_form(outputs),
                 wkv6_checkpoint_floats(inputs));
}

void wkv6_backward(Context& context, const Wkv6Inputs& inputs, const float* checkpoints,
                   const Wkv6Gradients& gradients) {
  backward<false>("wkv6_backward", context, wkv_form(inputs), checkpoints, wkv_form(gradients));
}

void wkv7_forward(Context& context, const Wkv7Inputs& inputs, const Wkv7Outputs& outputs) {
  forward<true>("wkv7_forward", context, wkv_form(inputs), wkv_form(outputs), wkv7_checkpoint_floats(inputs));
}

void wkv7_backward(Context& context, const Wkv7Inputs& inputs, const float* checkpoints,
                   const Wkv7Gradients& gradients) {
  backward<true>("wkv7_backward", context, wkv_form(inputs), checkpoints, wkv_form(gradients));
}

}  // namespace radlads::kernels::cuda
