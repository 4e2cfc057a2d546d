// The CUDA backend of a program that was built without CUDA: every kernel refuses by name.
#include "core/error.h"
#include "kernels/backends.h"

namespace radlads::kernels::cuda {
namespace {

[[noreturn]] void refuse(const char* kernel) {
  fail("[{}] this program was built without CUDA kernels; choose the CPU as the device", kernel);
}

}  // namespace

#define RADLADS_KERNEL1(name, A) \
  void name(Context&, A) { refuse(#name); }
#define RADLADS_KERNEL2(name, A, B) \
  void name(Context&, A, B) { refuse(#name); }
#define RADLADS_KERNEL3(name, A, B, C) \
  void name(Context&, A, B, C) { refuse(#name); }
#define RADLADS_KERNEL4(name, A, B, C, D) \
  void name(Context&, A, B, C, D) { refuse(#name); }

#include "kernels/ops.inc"

}  // namespace radlads::kernels::cuda
