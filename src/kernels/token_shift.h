// Mixes each token with the one before it, in one or several ways at once.
//
//   y_i,t = x_t + (x_{t-1} - x_t) mu_i        x_{-1}: the carried shift state, or 0
//
// All tensors are contiguous float32; M tokens of concatenated sequences, K ways.
#pragma once

#include <cstdint>
#include <span>

#include "kernels/context.h"

namespace radlads::kernels {

/// Where x_{-1} of a sequence's first token is.
struct ShiftSource {
  int64_t M = 0, C = 0;
  std::span<const int64_t> boundaries;   // [S+1], first 0, last M
  const float* shift = nullptr;          // [slots,C] carried x_{-1} of each sequence; null: 0
  std::span<const int32_t> state_slots;  // [S]; empty: slot s
};

struct TokenShift {
  ShiftSource source;
  const float* x = nullptr;          // [M,C]
  std::span<const float* const> mu;  // [K] of [C]
  float* y = nullptr;                // [K,M,C]
};

/// dx sums what flows through the token itself and through the one after it (within its sequence). The
/// carried shift gets no gradient.
struct TokenShiftBackward {
  ShiftSource source;
  const float* x = nullptr;
  std::span<const float* const> mu;
  std::span<const float* const> d_y;  // [K] of [M,C]
  float* dx = nullptr;                // [M,C], accumulated
  std::span<float* const> d_mu;       // [K] of [C], overwritten
};

void token_shift(Context& context, const TokenShift& args);
void token_shift_backward(Context& context, const TokenShiftBackward& args);

}  // namespace radlads::kernels
