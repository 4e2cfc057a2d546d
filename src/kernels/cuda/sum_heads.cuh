// The gradient of an input that heads share, from the gradients of the heads, summed in their order. A block
// is a token, a thread every 128th element of its result. Bound by memory: reads H, writes `heads` rows a
// token.
#pragma once

#include "kernels/cuda/wkv_sequence.cuh"

namespace radlads::kernels::cuda {

struct SumHeadsArgs {
  int64_t B, T, H, N;
  const float* parts;  // [B,T,H,N]
  HeadsOut sums;       // [B,T,heads,N]: head h of parts belongs to head h / (H / heads)
};

struct SumHeads {
  using Args = SumHeadsArgs;

  static constexpr const char* kName = "sum_heads";
  static constexpr int kThreads = 128;

  static int64_t num_blocks(const Args& args) { return args.B * args.T; }
  static int64_t shared_floats(const Args&) { return 0; }

  template <class Block>
  RADLADS_DEVICE static void run(Block& block, const Args& args) {
    const int64_t heads = args.sums.heads, group = quotient(args.H, heads);
    const int64_t b = quotient(block.index(), args.T), t = block.index() - b * args.T;
    block.for_each_thread([&](int thread) {
      for (int64_t e = thread; e < heads * args.N; e += kThreads) {
        const int64_t head = quotient(e, args.N), n = e - head * args.N;
        const float* const first = args.parts + (block.index() * args.H + head * group) * args.N + n;
        float sum = 0;
        for (int64_t h = 0; h < group; ++h) sum += first[h * args.N];
        HeadRows(args.sums, {.row = b}, head, heads).store(t, n, sum);
      }
    });
  }
};

}  // namespace radlads::kernels::cuda
