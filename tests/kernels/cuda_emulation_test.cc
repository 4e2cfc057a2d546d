// The CUDA kernels as the host runs them: the code of the kernels and of their launches, without a GPU.
#include "kernels/cuda/wkv_passes.h"
#include "kernels/cuda_suite.h"
#include "kernels/host_gpu.h"

namespace radlads::kernels {
namespace {

struct HostMachine {
  class Memory {
   public:
    explicit Memory(const std::vector<std::byte>& bytes) : buffer_(bytes.size()) {
      std::copy(bytes.begin(), bytes.end(), buffer_.data());
    }
    std::byte* data() const { return buffer_.data(); }
    std::vector<std::byte> bytes() const { return {data(), data() + buffer_.num_bytes()}; }

   private:
    mutable Buffer buffer_;
  };

  static constexpr bool kTakesChunks = false;
  static bool is_there() { return true; }

  template <bool kDelta>
  void forward(const WkvInputs& x, const WkvOutputs& y, int64_t checkpoint_floats) const {
    HostGpu gpu(last_first);
    cuda::wkv_forward<kDelta>("forward", gpu, x, y, checkpoint_floats);
  }

  template <bool kDelta>
  void backward(const WkvInputs& x, const float* checkpoints, const WkvGradients& g) const {
    HostGpu gpu(last_first);
    cuda::wkv_backward<kDelta>("backward", gpu, x, checkpoints, g);
  }

  bool last_first = false;
};

using Pairs = testing::Types<CudaPair<Wkv6Kernel, HostMachine>, CudaPair<Wkv7Kernel, HostMachine>>;
INSTANTIATE_TYPED_TEST_SUITE_P(Emulation, CudaWkvTest, Pairs);

template <class Pair>
class CudaEmulation : public CudaWkvTest<Pair> {};
TYPED_TEST_SUITE(CudaEmulation, Pairs);

TYPED_TEST(CudaEmulation, ResultsDependNeitherOnTheOrderOfThreadsNorOfBlocks) {
  for (const int64_t T : {1, 37}) {
    for (const int64_t N : {24, 64, 128}) {
      const WkvCase c = this->make_case({.B = 2, .T = T, .H = 2, .N = N, .v_heads = 1, .balance = true});
      const HostMachine reversed{.last_first = true};
      this->expect_equal(this->run(c, DType::kF32, reversed), this->run(c));
      this->expect_equal(this->infer(c, true, DType::kF32, reversed), this->infer(c));
    }
  }
}

TYPED_TEST(CudaEmulation, WhatDoesNotFitIsRefused) {
  const auto refuses = [&](const WkvCase& c, const auto& change) {
    typename TestFixture::Inputs x(c, DType::kF32);
    change(x.form);
    const typename TestFixture::Tensor o(c.shape, c.shape.H, DType::kF32);
    EXPECT_THROW(HostMachine().forward<TestFixture::kDelta>(x.form, {.o = o.out()}, 0), InternalError);
  };
  refuses(this->make_case({.N = 264}), [](auto&) {});
  refuses(this->make_case({.N = 8}), [](WkvInputs& x) { x.lw.heads = 2; });
}

}  // namespace
}  // namespace radlads::kernels
