// Matrix products C = A B^T, all row-major, with float32 sums. Two implementations share this header:
// oneDNN's in the native programs (gemm_onednn.cc), LibTorch's in programs that load LibTorch
// (train/gemm_libtorch.cc). LibTorch comes with a oneDNN of its own, and one process must not mix two.
#pragma once

#include <cstdint>

namespace radlads::kernels::cpu {

/// A is [M,K], B is [N,K], both contiguous; C's rows are C_stride apart.
struct Gemm {
  int64_t M = 0, N = 0, K = 0;
  bool accumulate = false;  // C += instead of C =
  float* C = nullptr;
  int64_t C_stride = 0;
  int num_threads = 1;
};

void gemm_f32(const Gemm& gemm, const float* A, const float* B);

/// A and B are bfloat16. Only if the processor has at least AVX-512 (linear_rows.h: NativeBf16).
void gemm_bf16(const Gemm& gemm, const uint16_t* A, const uint16_t* B);

}  // namespace radlads::kernels::cpu
