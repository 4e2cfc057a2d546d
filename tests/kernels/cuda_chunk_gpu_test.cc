// The chunked CUDA kernels on a GPU. Of programs that are built with CUDA; skipped where there is no GPU.
#include "kernels/cuda/chunk/chunk.h"
#include "kernels/cuda_chunk_suite.h"

namespace radlads::kernels::cuda::chunk {
namespace {

/// Memory that the host and the GPU share; only of use where there is a GPU.
template <class T>
struct ManagedAllocator {
  using value_type = T;

  ManagedAllocator() = default;
  template <class U>
  explicit ManagedAllocator(const ManagedAllocator<U>&) {}

  T* allocate(size_t count) {
    void* memory = nullptr;
    if (cudaMallocManaged(&memory, count * sizeof(T)) != cudaSuccess) throw std::bad_alloc();
    return static_cast<T*>(memory);
  }
  void deallocate(T* memory, size_t) { cudaFree(memory); }

  bool operator==(const ManagedAllocator&) const { return true; }
};

struct Gpu {
  template <class T>
  using Vector = std::vector<T, ManagedAllocator<T>>;

  static bool is_there() {
    int count = 0;
    return cudaGetDeviceCount(&count) == cudaSuccess && count > 0;
  }

  static void forward(const WkvInputs& inputs, const WkvOutputs& outputs, bool) {
    chunk::forward(nullptr, inputs, outputs);
    ASSERT_EQ(cudaDeviceSynchronize(), cudaSuccess);
  }

  static void backward(const WkvInputs& inputs, const float* checkpoints, const WkvGradients& gradients,
                       bool) {
    chunk::backward(nullptr, inputs, checkpoints, gradients);
    ASSERT_EQ(cudaDeviceSynchronize(), cudaSuccess);
  }
};

struct GpuWkv6 {
  using Kernel = Wkv6Kernel;
  using Backend = Gpu;
};
struct GpuWkv7 {
  using Kernel = Wkv7Kernel;
  using Backend = Gpu;
};

using Setups = testing::Types<GpuWkv6, GpuWkv7>;
INSTANTIATE_TYPED_TEST_SUITE_P(Gpu, ChunkTest, Setups);

}  // namespace
}  // namespace radlads::kernels::cuda::chunk
