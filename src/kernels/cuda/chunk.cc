#include "kernels/cuda/chunk.h"

#include "core/error.h"
#include "kernels/cuda/chunk_launch.h"
#include "kernels/cuda/chunk_passes.h"

namespace radlads::kernels::cuda {
namespace {

void check(cudaError_t status, const char* action) {
  if (status != cudaSuccess) fail("[chunked wkv] {}: {}", action, cudaGetErrorString(status));
}

template <class T>
void check_rows(const char* name, const Heads<T>& rows, bool may_be_f32) {
  RADLADS_CHECK(
      (rows.dtype == DType::kBF16 && is_aligned(rows)) || (may_be_f32 && rows.dtype == DType::kF32) || !rows,
      "[chunked wkv] {} is not bfloat16 in rows aligned to 16 bytes", name);
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
  check_rows("o", outputs.o, true);
  forward_pass(GpuLauncher{stream}, inputs, outputs, workspace);
}

void chunk_backward(cudaStream_t stream, const WkvInputs& inputs, const float* checkpoints,
                    const WkvGradients& gradients, void* workspace) {
  check_rows("d_o", gradients.d_o, false);
  check_rows("dr", gradients.dr, true);
  check_rows("dlw", gradients.dlw, true);
  check_rows("dk", gradients.dk, true);
  check_rows("dv", gradients.dv, true);
  check_rows("dkk", gradients.dkk, true);
  check_rows("da", gradients.da, true);
  backward_pass(GpuLauncher{stream}, inputs, checkpoints, gradients, workspace);
}

}  // namespace radlads::kernels::cuda
