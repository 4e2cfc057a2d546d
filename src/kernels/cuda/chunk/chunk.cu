#include "kernels/cuda/chunk/gradients.h"
#include "kernels/cuda/chunk/group_sum.h"
#include "kernels/cuda/chunk/launch.h"
#include "kernels/cuda/chunk/prepare.h"
#include "kernels/cuda/chunk/scan.h"

namespace radlads::kernels::cuda::chunk {
namespace {

template <class Kernel>
__global__ void __launch_bounds__(Kernel::kWarps* kLanes, Kernel::kBlocksPerSm)
    run_kernel(const __grid_constant__ typename Kernel::Arguments arguments) {
  extern __shared__ __align__(16) char memory[];
  Kernel::run(Block{Kernel::kWarps}, arguments, *reinterpret_cast<typename Kernel::Shared*>(memory),
              static_cast<int>(blockIdx.x));
}

}  // namespace

template <class Kernel>
cudaError_t launch_kernel(cudaStream_t stream, int64_t num_blocks,
                          const typename Kernel::Arguments& arguments) {
  constexpr int kSharedBytes = sizeof(typename Kernel::Shared);
  cudaError_t status =
      cudaFuncSetAttribute(run_kernel<Kernel>, cudaFuncAttributeMaxDynamicSharedMemorySize, kSharedBytes);
  if (status != cudaSuccess) return status;
  status = cudaFuncSetAttribute(run_kernel<Kernel>, cudaFuncAttributePreferredSharedMemoryCarveout,
                                cudaSharedmemCarveoutMaxShared);
  if (status != cudaSuccess) return status;
  run_kernel<Kernel>
      <<<static_cast<unsigned>(num_blocks), Kernel::kWarps * kLanes, kSharedBytes, stream>>>(arguments);
  return cudaGetLastError();
}

#define RADLADS_INSTANTIATE(...) \
  template cudaError_t launch_kernel<__VA_ARGS__>(cudaStream_t, int64_t, const __VA_ARGS__::Arguments&);
#define RADLADS_INSTANTIATE_MIXER(N, kDelta)     \
  RADLADS_INSTANTIATE(Prepare<N, kDelta, false>) \
  RADLADS_INSTANTIATE(Prepare<N, kDelta, true>)  \
  RADLADS_INSTANTIATE(Scan<N, kDelta>)           \
  RADLADS_INSTANTIATE(Gradients<N, kDelta>)
#define RADLADS_INSTANTIATE_SIZE(N)   \
  RADLADS_INSTANTIATE_MIXER(N, false) \
  RADLADS_INSTANTIATE_MIXER(N, true)

RADLADS_INSTANTIATE_SIZE(32)
RADLADS_INSTANTIATE_SIZE(64)
RADLADS_INSTANTIATE_SIZE(128)
RADLADS_INSTANTIATE(GroupSum)

}  // namespace radlads::kernels::cuda::chunk
