// The CUDA kernels on a GPU; skipped where there is none.
#include <cuda_runtime_api.h>

#include "core/error.h"
#include "kernels/cuda/runtime.h"
#include "kernels/cuda_suite.h"
#include "kernels/rope.h"

namespace radlads::kernels {
namespace {

using cuda::check_cuda;

bool has_device() {
  int count = 0;
  return cudaGetDeviceCount(&count) == cudaSuccess && count > 0;
}

/// A stream of its own, and the context of kernels on it.
class StreamContext {
 public:
  StreamContext() : context_{.device = Device::cuda(0)} {
    check_cuda(cudaStreamCreate(&stream_), "cudaStreamCreate");
    context_.stream = stream_;
  }
  ~StreamContext() { cudaStreamDestroy(stream_); }
  StreamContext(const StreamContext&) = delete;
  StreamContext& operator=(const StreamContext&) = delete;

  Context& operator*() { return context_; }
  void wait() { check_cuda(cudaStreamSynchronize(stream_), "cudaStreamSynchronize"); }

 private:
  cudaStream_t stream_ = nullptr;
  Context context_;
};

Wkv6Inputs wkv6_inputs(const WkvInputs& x) {
  return {.B = x.B,
          .T = x.T,
          .H = x.H,
          .N = x.N,
          .q = x.r,
          .k = x.k,
          .v = x.v,
          .lw = x.lw,
          .balance = x.balance,
          .sequences = x.sequences,
          .s0 = x.s0,
          .state_slots = x.state_slots};
}

Wkv7Inputs wkv7_inputs(const WkvInputs& x) {
  return {.B = x.B,
          .T = x.T,
          .H = x.H,
          .N = x.N,
          .r = x.r,
          .lw = x.lw,
          .k = x.k,
          .v = x.v,
          .kk = x.kk,
          .a = x.a,
          .balance = x.balance,
          .sequences = x.sequences,
          .s0 = x.s0,
          .state_slots = x.state_slots};
}

/// The first CUDA device, through the public kernels.
struct CudaMachine {
  class Memory {
   public:
    explicit Memory(const std::vector<std::byte>& bytes) : num_bytes_(bytes.size()) {
      check_cuda(cudaMalloc(&data_, num_bytes_), "cudaMalloc");
      check_cuda(cudaMemcpy(data_, bytes.data(), num_bytes_, cudaMemcpyHostToDevice), "cudaMemcpy");
    }
    ~Memory() { cudaFree(data_); }
    Memory(Memory&& other) noexcept
        : num_bytes_(other.num_bytes_), data_(std::exchange(other.data_, nullptr)) {}
    Memory& operator=(Memory&&) = delete;

    std::byte* data() const { return static_cast<std::byte*>(data_); }
    std::vector<std::byte> bytes() const {
      std::vector<std::byte> copy(num_bytes_);
      check_cuda(cudaMemcpy(copy.data(), data_, num_bytes_, cudaMemcpyDeviceToHost), "cudaMemcpy");
      return copy;
    }

   private:
    size_t num_bytes_;
    void* data_ = nullptr;
  };

  static constexpr bool kTakesChunks = true;
  static bool is_there() { return has_device(); }

  template <bool kDelta>
  void forward(const WkvInputs& x, const WkvOutputs& y, int64_t) const {
    StreamContext context;
    if constexpr (kDelta) {
      wkv7_forward(*context, wkv7_inputs(x), {y.o, y.sT, y.checkpoints});
    } else {
      wkv6_forward(*context, wkv6_inputs(x), {y.o, y.sT, y.checkpoints});
    }
    context.wait();
  }

  template <bool kDelta>
  void backward(const WkvInputs& x, const float* checkpoints, const WkvGradients& g) const {
    StreamContext context;
    if constexpr (kDelta) {
      wkv7_backward(*context, wkv7_inputs(x), checkpoints,
                    {g.d_o, g.d_sT, g.dr, g.dlw, g.dk, g.dv, g.dkk, g.da, g.ds0});
    } else {
      wkv6_backward(*context, wkv6_inputs(x), checkpoints, {g.d_o, g.d_sT, g.dr, g.dk, g.dv, g.dlw, g.ds0});
    }
    context.wait();
  }
};

using Pairs = testing::Types<CudaPair<Wkv6Kernel, CudaMachine>, CudaPair<Wkv7Kernel, CudaMachine>>;
INSTANTIATE_TYPED_TEST_SUITE_P(Device, CudaWkvTest, Pairs);

template <class Pair>
class CudaDevice : public CudaWkvTest<Pair> {};
TYPED_TEST_SUITE(CudaDevice, Pairs);

TYPED_TEST(CudaDevice, ResultsAreTheSameEveryTime) {
  const WkvCase c =
      this->make_case({.B = 2, .T = 200, .H = 4, .N = 64, .k_heads = 2, .v_heads = 2, .kk_heads = 2});
  const WkvResults first = this->run(c);
  for (int round = 0; round < 3; ++round) this->expect_equal(this->run(c), first);
}

TYPED_TEST(CudaDevice, LongSequencesEqualTheReference) {
  this->expect_reference(this->make_case({.B = 2, .T = 1000, .H = 2, .N = 64, .balance = true}));
}

TEST(CudaRuntime, AFailedCallIsOneLine) {
  try {
    check_cuda(cudaErrorInvalidValue, "cudaMalloc");
    FAIL();
  } catch (const UserError& error) {
    EXPECT_STREQ(error.what(), "[cuda] cudaMalloc failed: invalid argument (cudaErrorInvalidValue)");
  }
}

TEST(CudaRuntime, WithoutADeviceKernelsSaySo) {
  if (has_device()) GTEST_SKIP() << "there is a CUDA device";
  const WkvCase c({.N = 8}, Wkv6Kernel::kLowestLw);
  HeadsBuffer o(c.shape, 1);
  Context context{.device = Device::cuda(0)};
  try {
    wkv6_forward(context, Wkv6Kernel::inputs(c), {o.out()});
    FAIL();
  } catch (const UserError& error) {
    EXPECT_TRUE(std::string(error.what()).starts_with("[cuda] cudaGetDevice failed: ")) << error.what();
  }
}

TEST(CudaRuntime, AKernelWithoutACudaVersionIsRefused) {
  Context context{.device = Device::cuda(0)};
  EXPECT_THROW(rope(context, {}), UserError);
}

}  // namespace
}  // namespace radlads::kernels
