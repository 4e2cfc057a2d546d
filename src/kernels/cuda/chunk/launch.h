// Launches of the chunked kernels. The kernels are compiled by nvcc (chunk.cu), which does not take the rest
// of this program's headers; the code that decides on launches (chunk.cc) is for the host's compiler.
#pragma once

#include <cstdint>

#include <cuda_runtime_api.h>

namespace radlads::kernels::cuda::chunk {

/// Asynchronous; num_blocks > 0. Instantiated for every kernel of passes.h.
template <class Kernel>
cudaError_t launch_kernel(cudaStream_t stream, int64_t num_blocks,
                          const typename Kernel::Arguments& arguments);

}  // namespace radlads::kernels::cuda::chunk
