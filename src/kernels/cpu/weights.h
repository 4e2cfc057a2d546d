// Conversions of whole pieces of weights and activations for products that need one type.
#pragma once

#include <cstdint>

#include "core/dtype.h"
#include "kernels/context.h"

namespace radlads::kernels::cpu {

/// Contiguous elements of type F32, BF16 or F16.
struct StoredWeights {
  const void* data = nullptr;
  DType dtype = DType::kF32;
};

enum class Rounding : uint8_t { kNone, kBFloat16 };

/// target[i] = source[begin + i] as float32, for i < count; first rounded to bfloat16 if asked.
void widen_weights(Context& context, StoredWeights source, Rounding rounding, int64_t begin, int64_t count,
                   float* target);

/// The same, as the bits of bfloat16.
void narrow_weights(Context& context, StoredWeights source, int64_t begin, int64_t count, uint16_t* target);

}  // namespace radlads::kernels::cpu
