// The kernels that have no CUDA version: the context's device must be the CPU.
#include "kernels/cuda/refusal.h"

namespace radlads::kernels::cuda {

#include "kernels/ops.inc"

}  // namespace radlads::kernels::cuda
