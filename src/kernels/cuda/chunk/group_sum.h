// Sums the gradients of the H heads over the groups that share an input, in a fixed order.
#pragma once

#include "kernels/cuda/chunk/arguments.h"

namespace radlads::kernels::cuda::chunk {

/// Bytes: 4 H N a token read, 2 or 4 Hkv N written; a thread has one element.
struct GroupSum {
  static constexpr int kWarps = 8;
  static constexpr int kBlocksPerSm = 8;

  struct Arguments {
    const float* heads;  // [B,T,H,N]
    Rows output;         // [B,T,H / group,N]
    int64_t B, T;
    int H, N, group;
  };

  struct Shared {};

  RADLADS_DEVICE static void run(const Block& block, const Arguments& x, Shared&, int item) {
    block.for_each_thread([&](int thread) {
      const int64_t element = int64_t{item} * kWarps * kLanes + thread;
      const int heads = x.H / x.group;
      const int64_t head_row = element / x.N, token = head_row / heads;
      if (token >= x.B * x.T) return;
      const int n = static_cast<int>(element % x.N), head = static_cast<int>(head_row % heads);
      const float* first = x.heads + (token * x.H + head * x.group) * x.N + n;
      float sum = 0;
      for (int i = 0; i < x.group; ++i) sum += first[i * x.N];
      const ChunkPlace place = {static_cast<int>(token / x.T), static_cast<int>(token % x.T), 1, head};
      if (x.output.is_bf16)
        x.output.bf16(place)[n] = float_to_bf16(sum);
      else
        x.output.f32(place)[n] = sum;
    });
  }
};

}  // namespace radlads::kernels::cuda::chunk
