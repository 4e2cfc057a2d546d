// What the passes share in which a thread is a value channel: it holds the channel's column of a state, or of
// a state's gradient, over all key channels in registers: kN values, 0 past N.
#pragma once

#include "kernels/cuda/device_code.h"
#include "kernels/cuda/wkv_sequence.cuh"

namespace radlads::kernels::cuda {

/// Up to kChunk tokens of a sequence.
struct Chunk {
  int64_t index, first;
  int n;

  RADLADS_DEVICE Chunk(int64_t index_of_chunk, int64_t length)
      : index(index_of_chunk), first(index * kChunk), n(length - first < kChunk ? length - first : kChunk) {}
};

/// Threads, one for each value channel of a block.
template <int kN>
inline constexpr int kColumnThreads = kN < 64 ? kN : 64;

/// From value channel j of a state as the caller lays it out; null: zero.
template <bool kDelta, int kN>
RADLADS_DEVICE void load_column(const float* state, int64_t N, int64_t j, Row<kN>& column) {
  RADLADS_UNROLL
  for (int i = 0; i < kN; ++i)
    column.x[i] = state != nullptr && i < N && j < N ? state[state_index<kDelta>(N, i, j)] : 0.0f;
}

template <bool kDelta, int kN>
RADLADS_DEVICE void store_column(const Row<kN>& column, int64_t N, int64_t j, float* state) {
  RADLADS_UNROLL
  for (int i = 0; i < kN; ++i)
    if (i < N && j < N) state[state_index<kDelta>(N, i, j)] = column.x[i];
}

/// Row j of a value-major state, 16-byte aligned.
template <int kN>
RADLADS_DEVICE void store_checkpoint(const Row<kN>& column, int64_t N, float* row) {
  RADLADS_UNROLL
  for (int i = 0; i < kN; i += 4)
    if (i < N) store4(row + i, {column.x[i], column.x[i + 1], column.x[i + 2], column.x[i + 3]});
}

}  // namespace radlads::kernels::cuda
