// Stubs of kernels that the CUDA backend of this program does not have: they refuse by name. Included with
// the lists of kernels (kernels/ops.inc) after it.
#pragma once

#include "core/error.h"
#include "kernels/backends.h"

namespace radlads::kernels::cuda {

[[noreturn]] inline void refuse(const char* kernel) {
  fail("[{}] this program was built without this CUDA kernel; choose the CPU as the device", kernel);
}

}  // namespace radlads::kernels::cuda

#define RADLADS_KERNEL1(name, A) \
  void name(Context&, A) { refuse(#name); }
#define RADLADS_KERNEL2(name, A, B) \
  void name(Context&, A, B) { refuse(#name); }
#define RADLADS_KERNEL3(name, A, B, C) \
  void name(Context&, A, B, C) { refuse(#name); }
#define RADLADS_KERNEL4(name, A, B, C, D) \
  void name(Context&, A, B, C, D) { refuse(#name); }
