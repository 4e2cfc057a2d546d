// The gradient of an input that heads share, from the gradients of the heads, summed in their order: a thread
// is an element of the result. Bound by memory: reads H, writes `heads` rows for a token.
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
  static constexpr int kThreads = 256;

  static int64_t num_blocks(const Args& args) {
    return ceil_div(args.B * args.T * args.sums.heads * args.N, kThreads);
  }
  static int64_t shared_floats(const Args&) { return 0; }

  template <class Block>
  RADLADS_DEVICE static void run(Block& block, const Args& args) {
    block.for_each_thread([&](int thread) {
      const int64_t element = block.index() * kThreads + thread, row = element / args.N;
      const int64_t token = row / args.sums.heads, head = row % args.sums.heads;
      if (token >= args.B * args.T) return;
      const int64_t group = args.H / args.sums.heads, n = element % args.N;
      const float* const first = args.parts + (token * args.H + head * group) * args.N + n;
      float sum = 0;
      for (int64_t h = 0; h < group; ++h) sum += first[h * args.N];
      const Sequence batch_row{.row = token / args.T};
      HeadRows<void>(args.sums, batch_row, head, args.sums.heads).store(token % args.T, n, sum);
    });
  }
};

}  // namespace radlads::kernels::cuda
