// Where wkv_passes.h runs its kernels on a CUDA device: the stream of a context. Host code; the kernels
// themselves are compiled by nvcc (gpu.cuh).
#pragma once

#include <cstdint>
#include <span>

#include "kernels/context.h"
#include "kernels/cuda/runtime.h"

namespace radlads::kernels::cuda {

/// All blocks of a kernel, none if it has none. Defined in gpu.cuh, for the kernels that a .cu file names.
template <class Kernel>
void launch_kernel(const typename Kernel::Args& args, cudaStream_t stream);

class Gpu {
 public:
  explicit Gpu(const Context& context)
      : scope_(context.device), stream_(static_cast<cudaStream_t>(context.stream)) {}

  /// Uninitialized device memory.
  template <class T>
  class Array {
   public:
    Array(int64_t count, cudaStream_t stream) : memory_(static_cast<size_t>(count) * sizeof(T), stream) {}
    T* data() const { return static_cast<T*>(memory_.data()); }

   private:
    StreamMemory memory_;
  };

  template <class T>
  Array<T> array(int64_t count) const {
    return Array<T>(count, stream_);
  }

  /// `values` may be freed at once.
  template <class T>
  Array<T> upload(std::span<const T> values) const {
    Array<T> copy(static_cast<int64_t>(values.size()), stream_);
    copy_to_device(copy.data(), values.data(), values.size_bytes(), stream_);
    return copy;
  }

  cudaStream_t stream() const { return stream_; }

  template <class Kernel>
  void launch(const typename Kernel::Args& args) const {
    launch_kernel<Kernel>(args, stream_);
  }

 private:
  DeviceScope scope_;
  cudaStream_t stream_;
};

}  // namespace radlads::kernels::cuda
