// The chunked CUDA kernels, run on the host by the emulated tile layer.
#include <memory>

#include "kernels/cuda/chunk/passes.h"
#include "kernels/cuda_chunk_suite.h"

namespace radlads::kernels::cuda::chunk {
namespace {

/// Runs the blocks one after another, from the first or from the last; likewise the warps of each phase.
struct HostLauncher {
  bool is_reversed = false;

  void upload(void* target, const void* source, size_t num_bytes) const {
    if (num_bytes > 0) std::memcpy(target, source, num_bytes);
  }

  template <class Kernel>
  void launch(int64_t num_blocks, const typename Kernel::Arguments& arguments) const {
    const auto shared = std::make_unique<typename Kernel::Shared>();
    // Stale values must not matter: all ones are NaN in either type.
    if constexpr (sizeof(*shared) > 1) std::memset(shared.get(), 0xff, sizeof(*shared));
    for (int item = 0; item < num_blocks; ++item) {
      Kernel::run(Block{Kernel::kWarps, is_reversed}, arguments, *shared,
                  is_reversed ? static_cast<int>(num_blocks) - 1 - item : item);
    }
  }
};

struct Emulation {
  template <class T>
  using Vector = std::vector<T>;

  static bool is_there() { return true; }

  static void forward(const WkvInputs& inputs, const WkvOutputs& outputs, bool is_reversed) {
    std::vector<char> workspace(forward_workspace_bytes(inputs) + 1, -1);
    forward_pass(HostLauncher{is_reversed}, inputs, outputs, workspace.data());
  }

  static void backward(const WkvInputs& inputs, const float* checkpoints, const WkvGradients& gradients,
                       bool is_reversed) {
    std::vector<char> workspace(backward_workspace_bytes(inputs) + 1, -1);
    backward_pass(HostLauncher{is_reversed}, inputs, checkpoints, gradients, workspace.data());
  }
};

struct EmulatedWkv6 {
  using Kernel = Wkv6Kernel;
  using Backend = Emulation;
};
struct EmulatedWkv7 {
  using Kernel = Wkv7Kernel;
  using Backend = Emulation;
};

using Setups = testing::Types<EmulatedWkv6, EmulatedWkv7>;
INSTANTIATE_TYPED_TEST_SUITE_P(Emulated, ChunkTest, Setups);

}  // namespace
}  // namespace radlads::kernels::cuda::chunk
