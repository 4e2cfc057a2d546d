// The kernels of wkv6 or wkv7 that wkv_passes.h launches, for a .cu file to instantiate.
#pragma once

#include "kernels/cuda/gpu.cuh"
#include "kernels/cuda/wkv_decode.cuh"
#include "kernels/cuda/wkv_forward.cuh"
#include "kernels/cuda/wkv_key_gradients.cuh"
#include "kernels/cuda/wkv_value_gradients.cuh"

#define RADLADS_LAUNCH(Kernel, ...) \
  template void launch_kernel<Kernel<__VA_ARGS__>>(const Kernel##Args&, cudaStream_t);

#define RADLADS_WKV_LAUNCHES_OF(delta, size) \
  RADLADS_LAUNCH(WkvForward, delta, size)    \
  RADLADS_LAUNCH(WkvDecode, delta, size)     \
  RADLADS_LAUNCH(WkvValueGradients, delta, size)

#define RADLADS_WKV_LAUNCHES(delta)          \
  RADLADS_WKV_LAUNCHES_OF(delta, 32)         \
  RADLADS_WKV_LAUNCHES_OF(delta, 64)         \
  RADLADS_WKV_LAUNCHES_OF(delta, 128)        \
  RADLADS_WKV_LAUNCHES_OF(delta, 256)        \
  RADLADS_LAUNCH(WkvKeyGradients, delta, 32) \
  RADLADS_LAUNCH(WkvKeyGradients, delta, 64)
