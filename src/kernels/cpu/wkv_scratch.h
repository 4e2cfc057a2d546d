// How a thread's scratch memory is cut up by the passes of wkv6 and wkv7. All parts are whole cache lines.
#pragma once

#include <algorithm>
#include <cstdint>

namespace radlads::kernels::cpu {

/// Tokens between two checkpoints of the state: what the backward pass recomputes at once.
inline constexpr int64_t kWkvChunk = 16;

/// Rows (value channels) of the value-major state that are treated at once; N is a multiple.
inline constexpr int64_t kWkvRows = 8;

/// Vectors over the key channels that are computed for a token: r, w, k', kk, b.
inline constexpr int64_t kWkvVectors = 5;

/// Rows are filled up with zeros to whole vectors of any instruction set.
inline constexpr int64_t wkv_padded(int64_t head_size) { return (head_size + 15) / 16 * 16; }

/// Tokens of a chunk that the backward pass takes at once: the states of eight rows, and the vectors and
/// gradients of these tokens, fit the first-level cache.
inline constexpr int64_t wkv_piece(int64_t head_size) {
  return std::clamp<int64_t>(512 / head_size, 2, kWkvChunk);
}

inline constexpr int64_t wkv_num_pieces(int64_t head_size, int64_t length) {
  return (length + wkv_piece(head_size) - 1) / wkv_piece(head_size);
}

/// From one token's states of eight rows to the next's: a cache line more than they take, so that they do not
/// fall into the same sets of the cache.
inline constexpr int64_t wkv_states_stride(int64_t head_size) {
  return kWkvRows * wkv_padded(head_size) + 16;
}

struct WkvForwardScratch {
  WkvForwardScratch(int64_t N, float* memory) : state(memory), vectors(state + N * wkv_padded(N)) {}

  static int64_t num_floats(int64_t N) { return (N + kWkvChunk * kWkvVectors) * wkv_padded(N); }

  float* state;    // [N,padded N], key-major
  float* vectors;  // [kWkvChunk,kWkvVectors,padded N]
};

struct WkvBackwardScratch {
  WkvBackwardScratch(int64_t N, float* memory)
      : vectors(memory),
        gradients(vectors + kWkvChunk * kWkvVectors * wkv_padded(N)),
        dk(gradients + wkv_piece(N) * kWkvVectors * wkv_padded(N)),
        dv(dk + kWkvChunk * wkv_padded(N)),
        dkk(dv + kWkvChunk * wkv_padded(N)),
        sums(dkk + kWkvChunk * wkv_padded(N)),
        states(sums + 2 * kWkvRows),
        pieces(states + wkv_piece(N) * wkv_states_stride(N)),
        D(pieces + wkv_num_pieces(N, kWkvChunk) * N * wkv_padded(N)) {}

  /// With `heads` heads in a unit.
  static int64_t num_floats(int64_t N, int64_t heads) {
    const int64_t of_token = kWkvVectors * wkv_padded(N), of_state = N * wkv_padded(N);
    return kWkvChunk * (of_token + 3 * wkv_padded(N)) + wkv_piece(N) * (of_token + wkv_states_stride(N)) +
           2 * kWkvRows + (wkv_num_pieces(N, kWkvChunk) + heads) * of_state;
  }

  float* vectors;        // [kWkvChunk,kWkvVectors,padded N]
  float* gradients;      // [wkv_piece(N),kWkvVectors,padded N]
  float *dk, *dv, *dkk;  // [kWkvChunk,padded N]: sums over a group of heads
  float* sums;           // [2,kWkvRows]
  float* states;         // [wkv_piece(N)] times wkv_states_stride(N)
  float* pieces;         // [pieces,N,padded N], value-major: the state before each piece
  float* D;              // [heads,N,padded N], value-major
};

}  // namespace radlads::kernels::cpu
