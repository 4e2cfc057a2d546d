// y = x W^T + bias, the matrix product of the native half. W may be stored in float32, bfloat16 or float16
// and is widened as it is read; sums are float32.
#pragma once

#include <cstdint>

#include "core/dtype.h"
#include "kernels/context.h"

namespace radlads::kernels {

enum class Compute : uint8_t {
  kFloat32,   // x as it is
  kBFloat16,  // x and W rounded to bfloat16 before the product
};

struct Linear {
  int64_t M = 0, in = 0, out = 0;
  const float* x = nullptr;     // [M,in], contiguous
  const void* W = nullptr;      // [out,in], contiguous
  DType dtype = DType::kF32;    // of W
  const float* bias = nullptr;  // [out] or null
  Compute compute = Compute::kFloat32;
  bool accumulate = false;  // y += instead of y =
  float* y = nullptr;       // [M,out], contiguous
};

/// Few rows (decoding) run on our own kernel, which reads W once at the speed of memory; many rows run on
/// oneDNN, after W is widened to float32 block by block if needed.
void linear(Context& context, const Linear& args);

}  // namespace radlads::kernels
