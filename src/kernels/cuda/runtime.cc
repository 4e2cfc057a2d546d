#include "kernels/cuda/runtime.h"

#include "core/error.h"

namespace radlads::kernels::cuda {

void check_cuda(cudaError_t status, const char* call) {
  if (status == cudaSuccess) return;
  fail("[cuda] {} failed: {} ({})", call, cudaGetErrorString(status), cudaGetErrorName(status));
}

DeviceScope::DeviceScope(Device device) {
  check_cuda(cudaGetDevice(&former_), "cudaGetDevice");
  check_cuda(cudaSetDevice(device.index), "cudaSetDevice");
}

DeviceScope::~DeviceScope() { cudaSetDevice(former_); }

StreamMemory::StreamMemory(size_t num_bytes, cudaStream_t stream) : stream_(stream) {
  if (num_bytes > 0) check_cuda(cudaMallocAsync(&data_, num_bytes, stream), "cudaMallocAsync");
}

StreamMemory::~StreamMemory() {
  if (data_ != nullptr) cudaFreeAsync(data_, stream_);
}

void copy_to_device(void* target, const void* source, size_t num_bytes, cudaStream_t stream) {
  // Host memory that is not pinned is staged before the call returns.
  if (num_bytes > 0)
    check_cuda(cudaMemcpyAsync(target, source, num_bytes, cudaMemcpyHostToDevice, stream), "cudaMemcpyAsync");
}

}  // namespace radlads::kernels::cuda
