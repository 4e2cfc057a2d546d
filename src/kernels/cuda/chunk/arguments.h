// What the chunked kernels are given: plain structs, so that they travel as kernel parameters.
#pragma once

#include "kernels/cuda/chunk/tile.h"

namespace radlads::kernels::cuda::chunk {

/// Chunks between two stored states: the gradients recompute the states of a group from its first.
inline constexpr int kGroupChunks = 4;

/// One head's part of a chunk: the first num_tokens of 16 tokens of a row of the batch.
struct ChunkPlace {
  int row, begin, num_tokens;
  int h;
};

/// A time tensor [B,T,heads,N], read by H heads. Rows are 16-byte aligned.
struct Rows {
  char* data = nullptr;
  int64_t stride_b = 0, stride_t = 0, stride_h = 0;  // elements
  uint32_t head_factor = 1u << 20;                   // 2^20 heads / H, rounded up: a division is slow
  bool is_bf16 = true;

  /// Where the first row of a chunk begins.
  RADLADS_DEVICE char* at(const ChunkPlace& place) const {
    const int64_t head = static_cast<uint32_t>(place.h) * head_factor >> 20;
    const int64_t elements = place.row * stride_b + place.begin * stride_t + head * stride_h;
    return data + elements * (is_bf16 ? 2 : 4);
  }
  RADLADS_DEVICE uint16_t* bf16(const ChunkPlace& place) const {
    return reinterpret_cast<uint16_t*>(at(place));
  }
  RADLADS_DEVICE float* f32(const ChunkPlace& place) const { return reinterpret_cast<float*>(at(place)); }
};

/// A sequence and what comes before it.
struct ChunkSequence {
  int row, begin, length;  // tokens begin .. begin + length - 1 of a row of the batch
  int slot;                // of its state
  int first_chunk, first_group;
};

struct ChunkSequences {
  const ChunkSequence* table;
  int count;

  /// The sequence of a chunk, or of a group of chunks: the last that begins at it or before it.
  template <int ChunkSequence::*kFirst>
  RADLADS_DEVICE ChunkSequence find(int index) const {
    int low = 0, high = count - 1;
    while (low < high) {
      const int middle = (low + high + 1) / 2;
      if (table[middle].*kFirst <= index)
        low = middle;
      else
        high = middle - 1;
    }
    return table[low];
  }
};

RADLADS_DEVICE int chunks_of(const ChunkSequence& sequence) { return (sequence.length + kTile - 1) / kTile; }

/// Chunk `chunk` of a sequence.
RADLADS_DEVICE ChunkPlace place_of(const ChunkSequence& sequence, int h, int chunk) {
  const int first = chunk * kTile, rest = sequence.length - first;
  return {sequence.row, sequence.begin + first, rest < kTile ? rest : kTile, h};
}

/// The operands that one chunk of one head has for the scan (scan.h says what they are for), made by
/// prepare.h. t and s are tokens, j key channels.
template <int N, bool kDelta>
struct ChunkRecord {
  enum Operand { kRead, kWrite, kReadDelta, kWriteDelta };  // P [t,j], K^T [j,s], W [t,j], B^T [j,s]
  enum Mix { kMix, kMixDelta };                             // M [t,s], Z [t,s]

  uint32_t operands[kDelta ? 4 : 2][N / kTile][kTileWords];  // tiles of 16 key channels
  uint32_t mixes[kDelta ? 2 : 1][kTileWords];
  float decay[N];  // D
};

/// What the parallel kernels read of a head's inputs.
struct KeyInputs {
  Rows r, lw, k;
  Rows kk, a;  // of wkv7 alone
  bool balance;
  float scale;
};

}  // namespace radlads::kernels::cuda::chunk
