// The kernels of wkv7.
#include "kernels/cuda/wkv_kernels.cuh"

namespace radlads::kernels::cuda {

RADLADS_WKV_LAUNCHES(true)

}  // namespace radlads::kernels::cuda
