#include <ATen/ATen.h>

#include "kernels/cpu/gemm.h"

namespace radlads::kernels::cpu {
namespace {

/// Runs on LibTorch's own threads, regardless of gemm.num_threads.
template <class T>
void multiply(const Gemm& gemm, const T* A, const T* B, at::ScalarType type) {
  const at::InferenceMode no_graph;
  const auto view = [](const void* data, int64_t rows, int64_t columns, int64_t stride,
                       at::ScalarType dtype) {
    return at::from_blob(const_cast<void*>(data), {rows, columns}, {stride, 1}, at::TensorOptions(dtype));
  };
  const at::Tensor a = view(A, gemm.M, gemm.K, gemm.K, type).to(at::kFloat);
  const at::Tensor b = view(B, gemm.N, gemm.K, gemm.K, type).to(at::kFloat);
  at::Tensor c = view(gemm.C, gemm.M, gemm.N, gemm.C_stride, at::kFloat);
  if (gemm.accumulate) {
    c.addmm_(a, b.t());
  } else {
    at::mm_out(c, a, b.t());
  }
}

}  // namespace

void gemm_f32(const Gemm& gemm, const float* A, const float* B) { multiply(gemm, A, B, at::kFloat); }

void gemm_bf16(const Gemm& gemm, const uint16_t* A, const uint16_t* B) {
  multiply(gemm, A, B, at::kBFloat16);
}

}  // namespace radlads::kernels::cpu
