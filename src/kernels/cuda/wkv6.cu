// The kernels of wkv6.
#include "kernels/cuda/wkv_kernels.cuh"

namespace radlads::kernels::cuda {

RADLADS_WKV_LAUNCHES(false)

}  // namespace radlads::kernels::cuda
