#include <omp.h>
#include <oneapi/dnnl/dnnl.h>
#include <oneapi/dnnl/dnnl.hpp>

#include "core/error.h"
#include "kernels/cpu/gemm.h"

namespace radlads::kernels::cpu {
namespace {

/// oneDNN takes as many threads as OpenMP offers to the caller.
class ThreadLimit {
 public:
  explicit ThreadLimit(int num_threads) : before_(omp_get_max_threads()) { omp_set_num_threads(num_threads); }
  ~ThreadLimit() { omp_set_num_threads(before_); }
  ThreadLimit(const ThreadLimit&) = delete;
  ThreadLimit& operator=(const ThreadLimit&) = delete;

 private:
  int before_;
};

}  // namespace

void gemm_f32(const Gemm& gemm, const float* A, const float* B) {
  const ThreadLimit limit(gemm.num_threads);
  const dnnl_status_t status = dnnl_sgemm('N', 'T', gemm.M, gemm.N, gemm.K, 1.0f, A, gemm.K, B, gemm.K,
                                          gemm.accumulate ? 1.0f : 0.0f, gemm.C, gemm.C_stride);
  RADLADS_CHECK(status == dnnl_success, "dnnl_sgemm [{},{}] x [{},{}]: status {}", gemm.M, gemm.K, gemm.N,
                gemm.K, static_cast<int>(status));
}

void gemm_bf16(const Gemm& gemm, const uint16_t* A, const uint16_t* B) {
  using dnnl::memory;
  const ThreadLimit limit(gemm.num_threads);
  const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  dnnl::stream stream(engine);
  const memory::desc a({gemm.M, gemm.K}, memory::data_type::bf16, memory::dims{gemm.K, 1});
  const memory::desc b({gemm.K, gemm.N}, memory::data_type::bf16, memory::dims{1, gemm.K});
  const memory::desc c({gemm.M, gemm.N}, memory::data_type::f32, memory::dims{gemm.C_stride, 1});
  dnnl::primitive_attr attributes;
  if (gemm.accumulate) {
    dnnl::post_ops sum;
    sum.append_sum(1.0f);
    attributes.set_post_ops(sum);
  }
  const dnnl::matmul matmul(dnnl::matmul::primitive_desc({a, b, c}, attributes, engine));
  matmul.execute(stream, {{DNNL_ARG_SRC, memory(a, engine, const_cast<uint16_t*>(A))},
                          {DNNL_ARG_WEIGHTS, memory(b, engine, const_cast<uint16_t*>(B))},
                          {DNNL_ARG_DST, memory(c, engine, gemm.C)}});
  stream.wait();
}

}  // namespace radlads::kernels::cpu
