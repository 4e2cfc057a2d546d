#include "kernels/cuda/gpu.cuh"
#include "kernels/cuda/sum_heads.cuh"

namespace radlads::kernels::cuda {

template void launch_kernel<SumHeads>(const SumHeadsArgs&, cudaStream_t);

}  // namespace radlads::kernels::cuda
