// The public kernels: each goes to the backend of the context's device.
#include "kernels/backends.h"

namespace radlads::kernels {

#define RADLADS_KERNEL1(name, A)                                                     \
  void name(Context& context, A a) {                                                 \
    return context.device.is_cpu() ? cpu::name(context, a) : cuda::name(context, a); \
  }
#define RADLADS_KERNEL2(name, A, B)                                                        \
  void name(Context& context, A a, B b) {                                                  \
    return context.device.is_cpu() ? cpu::name(context, a, b) : cuda::name(context, a, b); \
  }
#define RADLADS_KERNEL3(name, A, B, C)                                                           \
  void name(Context& context, A a, B b, C c) {                                                   \
    return context.device.is_cpu() ? cpu::name(context, a, b, c) : cuda::name(context, a, b, c); \
  }
#define RADLADS_KERNEL4(name, A, B, C, D)                                                              \
  void name(Context& context, A a, B b, C c, D d) {                                                    \
    return context.device.is_cpu() ? cpu::name(context, a, b, c, d) : cuda::name(context, a, b, c, d); \
  }

#include "kernels/ops.inc"
#include "kernels/ops_wkv.inc"

}  // namespace radlads::kernels
