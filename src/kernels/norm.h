// RMSNorm, per-head GroupNorm and LayerNorm over the last axis of contiguous rows, float32.
#pragma once

#include <cstdint>

#include "kernels/context.h"

namespace radlads::kernels {

/// With `delta`: sum = x + delta (the residual connection), else sum = x. y = sum * rstd * weight,
/// rstd = 1 / sqrt(mean(sum^2) + eps).
struct RmsNormForward {
  int64_t rows = 0, width = 0;
  float eps = 0;
  const float* x = nullptr;       // [rows,width]
  const float* delta = nullptr;   // [rows,width] or null
  const float* weight = nullptr;  // [width]
  float* sum = nullptr;           // [rows,width], with delta only; may be x
  float* y = nullptr;             // [rows,width]; may be x without delta
  float* rstd = nullptr;          // [rows], for the backward pass, or null
};

/// dx = (d_sum if any) + the gradient through y. dx is also the gradient of delta.
struct RmsNormBackward {
  int64_t rows = 0, width = 0;
  const float* sum = nullptr;     // [rows,width]: what was normalized
  const float* weight = nullptr;  // [width]
  const float* rstd = nullptr;    // [rows]
  const float* d_y = nullptr;     // [rows,width]
  const float* d_sum = nullptr;   // [rows,width] or null
  float* dx = nullptr;            // [rows,width]; may be d_y or d_sum; null if not wanted
  float* d_weight = nullptr;      // [width], overwritten; null if not wanted
};

/// LayerNorm of each head on its own, with an affine part for each channel of all heads:
/// y[m,h,n] = (sum[m,h,n] - mean_n) * rstd * weight[h,n] + bias[h,n], sum as for RMSNorm. H = 1 is LayerNorm.
struct GroupNormForward {
  int64_t rows = 0, H = 0, N = 0;
  float eps = 0;
  const float* x = nullptr;       // [rows,H,N]
  const float* weight = nullptr;  // [H,N]
  const float* bias = nullptr;    // [H,N]
  float* y = nullptr;             // [rows,H,N]; may be x without delta
  const float* delta = nullptr;   // [rows,H,N] or null
  float* sum = nullptr;           // [rows,H,N], with delta only; may be x
};

/// Mean and rstd are computed again from x.
struct GroupNormBackward {
  int64_t rows = 0, H = 0, N = 0;
  float eps = 0;
  const float* x = nullptr;       // [rows,H,N]
  const float* weight = nullptr;  // [H,N]
  const float* d_y = nullptr;     // [rows,H,N]
  float* dx = nullptr;            // [rows,H,N]; may be d_y
  float* d_weight = nullptr;      // [H,N], overwritten
  float* d_bias = nullptr;        // [H,N], overwritten
};

void rms_norm_forward(Context& context, const RmsNormForward& args);
void rms_norm_backward(Context& context, const RmsNormBackward& args);
void group_norm_forward(Context& context, const GroupNormForward& args);
void group_norm_backward(Context& context, const GroupNormBackward& args);

}  // namespace radlads::kernels
