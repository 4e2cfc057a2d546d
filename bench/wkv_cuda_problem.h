// A recurrence in device memory: contiguous [B,T,H,N] bfloat16 inputs, outputs and gradients, float32 states.
#pragma once

#include <cuda_runtime_api.h>

#include "bench/wkv_problem.h"
#include "kernels/context.h"
#include "kernels/heads.h"

namespace radlads::bench {

/// Uninitialized device memory. UserError if there is not enough.
class DeviceMemory {
 public:
  DeviceMemory() = default;
  explicit DeviceMemory(size_t num_bytes);
  ~DeviceMemory() { cudaFree(data_); }
  DeviceMemory(DeviceMemory&& other) noexcept;
  DeviceMemory& operator=(DeviceMemory&& other) noexcept;

  void* data() const { return data_; }
  float* floats() const { return static_cast<float*>(data_); }

 private:
  void* data_ = nullptr;
};

class CudaProblem {
 public:
  /// Allocates what the pass needs and draws the inputs.
  CudaProblem(Mixer mixer, const Shape& shape, Pass pass);

  /// Starts the pass on the context's stream. Decoding advances the states in place.
  void run(kernels::Context& context);

 private:
  void run6(kernels::Context& context);
  void run7(kernels::Context& context);
  DeviceMemory tensor() const;
  DeviceMemory upload(const Buffer& drawn) const;
  DeviceMemory upload_states(const Buffer& drawn) const;
  kernels::HeadsIn in(const DeviceMemory& tensor) const;
  kernels::HeadsOut out(const DeviceMemory& tensor) const;

  Mixer mixer_;
  Shape shape_;
  Pass pass_;
  DeviceMemory r_, lw_, k_, v_, kk_, a_, d_o_;      // [B,T,H,N] bf16
  DeviceMemory o_, dr_, dlw_, dk_, dv_, dkk_, da_;  // [B,T,H,N] bf16
  DeviceMemory states_;                             // [B,H,N,N] float32, decoding alone
  DeviceMemory checkpoints_;                        // float32, forward+backward alone
};

}  // namespace radlads::bench
