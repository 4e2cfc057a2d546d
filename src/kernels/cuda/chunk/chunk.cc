#include "kernels/cuda/chunk/chunk.h"

#include "core/error.h"
#include "kernels/cuda/chunk/launch.h"
#include "kernels/cuda/chunk/passes.h"
#include "kernels/cuda/runtime.h"

namespace radlads::kernels::cuda::chunk {
namespace {

template <class T>
void check_rows(const char* name, const Heads<T>& rows, bool may_be_f32) {
  RADLADS_CHECK(
      (rows.dtype == DType::kBF16 && is_aligned(rows)) || (may_be_f32 && rows.dtype == DType::kF32) || !rows,
      "[chunked wkv] {} is not bfloat16 in rows aligned to 16 bytes", name);
}

struct GpuLauncher {
  cudaStream_t stream;

  void upload(void* target, const void* source, size_t num_bytes) const {
    copy_to_device(target, source, num_bytes, stream);
  }

  template <class Kernel>
  void launch(int64_t num_blocks, const typename Kernel::Arguments& arguments) const {
    if (num_blocks > 0)
      check_cuda(launch_kernel<Kernel>(stream, num_blocks, arguments), "launch of a chunked recurrence");
  }
};

}  // namespace

void forward(cudaStream_t stream, const WkvInputs& inputs, const WkvOutputs& outputs) {
  check_rows("o", outputs.o, true);
  const StreamMemory workspace(forward_workspace_bytes(inputs), stream);
  forward_pass(GpuLauncher{stream}, inputs, outputs, workspace.data());
}

void backward(cudaStream_t stream, const WkvInputs& inputs, const float* checkpoints,
              const WkvGradients& gradients) {
  check_rows("d_o", gradients.d_o, false);
  check_rows("dr", gradients.dr, true);
  check_rows("dlw", gradients.dlw, true);
  check_rows("dk", gradients.dk, true);
  check_rows("dv", gradients.dv, true);
  check_rows("dkk", gradients.dkk, true);
  check_rows("da", gradients.da, true);
  const StreamMemory workspace(backward_workspace_bytes(inputs), stream);
  backward_pass(GpuLauncher{stream}, inputs, checkpoints, gradients, workspace.data());
}

}  // namespace radlads::kernels::cuda::chunk
