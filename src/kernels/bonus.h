// RWKV-7's bonus: what the current token gives to the output directly, besides what the state gives (arXiv
// 2503.14456).
//
//   y_h = x_h + (sum_n r_hn k_hn r_k_hn) v_h
//
// All tensors are contiguous float32; M tokens, H heads of N.
#pragma once

#include <cstdint>

#include "kernels/context.h"

namespace radlads::kernels {

struct Bonus {
  int64_t M = 0, H = 0, N = 0;
  const float* r = nullptr;    // [M,H,N]
  const float* k = nullptr;    // [M,H,N]
  const float* v = nullptr;    // [M,H,N]
  const float* r_k = nullptr;  // [H,N]
  const float* x = nullptr;    // [M,H,N]
  float* y = nullptr;          // [M,H,N]; may be x
};

/// The gradient of x is d_y.
struct BonusBackward {
  int64_t M = 0, H = 0, N = 0;
  const float* r = nullptr;
  const float* k = nullptr;
  const float* v = nullptr;
  const float* r_k = nullptr;
  const float* d_y = nullptr;  // [M,H,N]
  float* dr = nullptr;         // [M,H,N], overwritten, as are the others
  float* dk = nullptr;
  float* dv = nullptr;
  float* d_r_k = nullptr;  // [H,N]
};

void bonus(Context& context, const Bonus& args);
void bonus_backward(Context& context, const BonusBackward& args);

}  // namespace radlads::kernels
