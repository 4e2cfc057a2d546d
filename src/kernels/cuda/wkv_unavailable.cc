// The recurrences of a program that was built without CUDA.
#include "kernels/cuda/refusal.h"

namespace radlads::kernels::cuda {

#include "kernels/ops_wkv.inc"

}  // namespace radlads::kernels::cuda
