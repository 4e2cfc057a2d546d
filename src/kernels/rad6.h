// The elementwise parts of RAD-RWKV6 (arXiv 2505.03005): the data-dependent token shift and the decay.
//
//   d_t = x_{t-1} - x_t        x_{-1}: the carried shift state, or 0
//   token_shift:  p = x + d * maa_x
//   token_mix:    x_i = x + d * (maa_i + m_i),  i in r, k, v, w, g;   m_i = (tanh(p maa_w1))_i maa_w2_i
//   decay:        lw = max(-exp(z), -5)
//
// All tensors are contiguous float32; M tokens of concatenated sequences.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "kernels/context.h"

namespace radlads::kernels {

inline constexpr int64_t kRad6Mixes = 5;  // r, k, v, w, g

/// Where x_{-1} of a sequence's first token is.
struct ShiftSource {
  int64_t M = 0, C = 0;
  std::span<const int64_t> boundaries;   // [S+1], first 0, last M
  const float* shift = nullptr;          // [slots,C] carried x_{-1} of each sequence; null: 0
  std::span<const int32_t> state_slots;  // [S]; empty: slot s
};

struct TokenShift {
  ShiftSource source;
  const float* x = nullptr;      // [M,C]
  const float* maa_x = nullptr;  // [C]
  float* p = nullptr;            // [M,C]
};

struct TokenMix {
  ShiftSource source;
  const float* x = nullptr;                       // [M,C]
  std::array<const float*, kRad6Mixes> maa = {};  // [C] each
  const float* m = nullptr;                       // [5,M,C]
  float* mixed = nullptr;                         // [5,M,C]; may be m
};

/// Gradients of both: dx sums what flows through x, and through d into the token itself and the one before it
/// (within its sequence). The carried shift gets no gradient.
struct TokenShiftBackward {
  ShiftSource source;
  const float* x = nullptr;
  const float* maa_x = nullptr;
  const float* d_p = nullptr;  // [M,C]
  float* dx = nullptr;         // [M,C], accumulated
  float* d_maa_x = nullptr;    // [C], overwritten
};

struct TokenMixBackward {
  ShiftSource source;
  const float* x = nullptr;
  std::array<const float*, kRad6Mixes> maa = {};
  const float* m = nullptr;                           // [5,M,C], of the forward pass
  std::array<const float*, kRad6Mixes> d_mixed = {};  // [M,C] each
  float* dx = nullptr;                                // [M,C], overwritten
  std::array<float*, kRad6Mixes> d_maa = {};          // [C] each, overwritten
  float* d_m = nullptr;                               // [5,M,C]; may be m
};

/// lw may be z. Backward: dz = d_lw * lw where lw > -5, else 0; dz may be d_lw.
struct Rad6Decay {
  int64_t size = 0;
  const float* z = nullptr;
  float* lw = nullptr;
};

struct Rad6DecayBackward {
  int64_t size = 0;
  const float* lw = nullptr;
  const float* d_lw = nullptr;
  float* dz = nullptr;
};

void token_shift(Context& context, const TokenShift& args);
void token_shift_backward(Context& context, const TokenShiftBackward& args);
void token_mix(Context& context, const TokenMix& args);
void token_mix_backward(Context& context, const TokenMixBackward& args);
void rad6_decay(Context& context, const Rad6Decay& args);
void rad6_decay_backward(Context& context, const Rad6DecayBackward& args);

}  // namespace radlads::kernels
