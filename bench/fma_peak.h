// The rate of multiply-adds that no float32 kernel can exceed, measured with the instruction set that kernels
// are dispatched to.
#pragma once

namespace radlads::bench {

/// GFLOP/s of `num_threads` threads at once, over some milliseconds: take the best of several.
double fma_peak(int num_threads);

}  // namespace radlads::bench
