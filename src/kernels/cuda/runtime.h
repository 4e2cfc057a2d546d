// Checked CUDA calls, the device and memory of a stream. Every failed call becomes one line: a UserError that
// names the call and what CUDA says. Not thread-safe: a stream belongs to one thread.
#pragma once

#include <cstddef>
#include <utility>

#include <cuda_runtime_api.h>

#include "core/device.h"

namespace radlads::kernels::cuda {

/// Throws UserError if `status`, the result of `call`, is not cudaSuccess.
void check_cuda(cudaError_t status, const char* call);

/// Makes the context's device the current one, and restores the previous one at its end.
class DeviceScope {
 public:
  explicit DeviceScope(Device device);
  ~DeviceScope();
  DeviceScope(const DeviceScope&) = delete;
  DeviceScope& operator=(const DeviceScope&) = delete;

 private:
  int former_ = 0;
};

/// Uninitialized device memory for the work that follows on a stream: what was started before its end may
/// still use it.
class StreamMemory {
 public:
  StreamMemory(size_t num_bytes, cudaStream_t stream);
  ~StreamMemory();
  StreamMemory(StreamMemory&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), stream_(other.stream_) {}
  StreamMemory& operator=(StreamMemory&&) = delete;

  void* data() const { return data_; }

 private:
  void* data_ = nullptr;  // null: nothing was asked for
  cudaStream_t stream_;
};

/// Copies host memory, which may be freed at once, for the work that follows on the stream.
void copy_to_device(void* target, const void* source, size_t num_bytes, cudaStream_t stream);

}  // namespace radlads::kernels::cuda
