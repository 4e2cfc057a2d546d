// The elementwise parts of RAD-RWKV6 (arXiv 2505.03005): the data-dependent token shift and the decay.
//
//   d_t = x_{t-1} - x_t        x_{-1}: the carried shift state, or 0
//   p = x + d * maa_x          kernels/token_shift.h
//   token_mix:    x_i = x + d * (maa_i + m_i),  i in r, k, v, w, g;   m_i = (tanh(p maa_w1))_i maa_w2_i
//   decay:        lw = max(-exp(z), -5)
//
// All tensors are contiguous float32; M tokens of concatenated sequences.
#pragma once

#include <array>
#include <cstdint>

#include "kernels/context.h"
#include "kernels/token_shift.h"

namespace radlads::kernels {

inline constexpr int64_t kRad6Mixes = 5;  // r, k, v, w, g

struct TokenMix {
  ShiftSource source;
  const float* x = nullptr;                       // [M,C]
  std::array<const float*, kRad6Mixes> maa = {};  // [C] each
  const float* m = nullptr;                       // [5,M,C]
  float* mixed = nullptr;                         // [5,M,C]; may be m
};

/// dx sums what flows through x, and through d into the token itself and the one before it (within its
/// sequence). The carried shift gets no gradient.
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

void token_mix(Context& context, const TokenMix& args);
void token_mix_backward(Context& context, const TokenMixBackward& args);
void rad6_decay(Context& context, const Rad6Decay& args);
void rad6_decay_backward(Context& context, const Rad6DecayBackward& args);

}  // namespace radlads::kernels
