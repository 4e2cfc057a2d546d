// Rotary position embedding, "rotate half": channel i of a head rotates with channel i + N/2 by the angle
// position * frequency[i]. Its inverse (and its gradient) is the rotation by the negative angle.
#pragma once

#include <cstdint>
#include <span>

#include "kernels/context.h"

namespace radlads::kernels {

/// cos and sin [M, N/2] of every token's angles, shared by all layers of a pass. Angles are computed in
/// double.
void rope_table(Context& context, std::span<const double> frequencies, std::span<const int64_t> positions,
                float* cos, float* sin);

/// y = x rotated; x and y are [M,heads,N] contiguous and may be the same memory.
struct Rope {
  int64_t rows = 0, heads = 0, N = 0;
  const float* cos = nullptr;  // [rows,N/2]
  const float* sin = nullptr;  // [rows,N/2]
  bool inverse = false;
  const float* x = nullptr;
  float* y = nullptr;
};

void rope(Context& context, const Rope& args);

}  // namespace radlads::kernels
