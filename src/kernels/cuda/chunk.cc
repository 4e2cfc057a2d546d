#include "kernels/cuda/chunk.h"

#include "core/error.h"
#include "kernels/cuda/chunk_launch.h"
#include "kernels/cuda/chunk_passes.h"

namespace radlads::kernels::cuda {
namespace {

void check(cudaError_t status, const char* action) {
  if (status != cudaSuccess) fail("[chunked wkv] {}: {}", action, cudaGetErrorString(status));
}

struct GpuLauncher {
  cudaStream_t stream;

  void upload(void* target, const void* source, size_t num_bytes) const {
    check(cudaMemcpyAsync(target, source, num_bytes, cudaMemcpyHostToDevice, stream), "copy of sequences");
  }

  template <class Kernel>
  void launch(int64_t num_blocks, const typename Kernel::Arguments& arguments) const {
    if (num_blocks > 0) check(launch_kernel<Kernel>(stream, num_blocks, arguments), "launch");
  }
};

}  // namespace

bool chunk_supports(const WkvInputs& inputs) { return plan_supports(inputs); }

size_t chunk_forward_workspace_bytes(const WkvInputs& inputs) { return forward_workspace_bytes(inputs); }

size_t chunk_backward_workspace_bytes(const WkvInputs& inputs) { return backward_workspace_bytes(inputs); }

void chunk_forward(cudaStream_t stream, const WkvInputs& inputs, const WkvOutputs& outputs, void* workspace) {
  forward_pass(GpuLauncher{stream}, inputs, outputs, workspace);
}

void chunk_backward(cudaStream_t stream, const WkvInputs& inputs, const float* checkpoints,
                    const WkvGradients& gradients, void* workspace) {
  backward_pass(GpuLauncher{stream}, inputs, checkpoints, gradients, workspace);
}

}  // namespace radlads::kernels::cuda
