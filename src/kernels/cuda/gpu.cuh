// Runs a kernel body (device_code.h) on a GPU. Included by nvcc alone.
#pragma once

#include <cstdint>

#include "kernels/cuda/device_code.h"
#include "kernels/cuda/runtime.h"

namespace radlads::kernels::cuda {

/// The block that a thread of a GPU belongs to; the thread runs its own part of each phase.
class DeviceBlock {
 public:
  RADLADS_DEVICE int64_t index() const { return blockIdx.x; }

  RADLADS_DEVICE float* shared() const {
    extern __shared__ Float4 memory[];
    return reinterpret_cast<float*>(memory);
  }

  template <class T>
  class PerThread {
   public:
    RADLADS_DEVICE T& operator[](int) { return value_; }

   private:
    T value_;
  };

  template <class T>
  RADLADS_DEVICE PerThread<T> per_thread() const {
    return {};
  }

  template <class Phase>
  RADLADS_DEVICE void for_each_thread(const Phase& phase) const {
    phase(static_cast<int>(threadIdx.x));
    __syncthreads();
  }
};

template <class Kernel>
__global__ void __launch_bounds__(Kernel::kThreads, 1)
    run_kernel(const __grid_constant__ typename Kernel::Args args) {
  DeviceBlock block;
  Kernel::run(block, args);
}

template <class Kernel>
void launch_kernel(const typename Kernel::Args& args, cudaStream_t stream) {
  const int64_t blocks = Kernel::num_blocks(args);
  if (blocks == 0) return;
  const auto shared_bytes = static_cast<size_t>(Kernel::shared_floats(args)) * sizeof(float);
  // A block gets more than that only if its kernel says so.
  if (shared_bytes > size_t{48} * 1024) {
    check_cuda(cudaFuncSetAttribute(run_kernel<Kernel>, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                    static_cast<int>(shared_bytes)),
               Kernel::kName);
  }
  run_kernel<Kernel><<<static_cast<unsigned>(blocks), Kernel::kThreads, shared_bytes, stream>>>(args);
  check_cuda(cudaGetLastError(), Kernel::kName);
}

}  // namespace radlads::kernels::cuda
