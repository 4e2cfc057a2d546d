// A group of chunks, as the kernel of the gradients goes through it: forward to recompute the states before
// each chunk from the one that the scan left, then back. A block has kKeys key channels of a head; each warp
// has the states of 16 of them, [key,value], in registers, and those that are to be kept as bfloat16 in
// shared memory. Rows of the value side and log decays are copied to shared memory one step ahead.
#pragma once

#include "kernels/cuda/chunk/keys.h"

namespace radlads::kernels::cuda::chunk {

struct GroupArguments {
  KeyInputs inputs;
  ChunkSequences sequences;
  int H;
  Rows rows[4];  // v, d_o, e = -sa, dsa: [B,T,H or Hkv,N] bf16
};

template <int N, bool kDelta>
struct ChunkGroup {
  static constexpr int kWarps = N == 32 ? 2 : 4;
  static constexpr int kKeys = kWarps * kTile;
  static constexpr int kKeyBlocks = N / kKeys;
  static constexpr int kValueTiles = N / kTile;
  enum RowKind { kV, kDo, kE, kDsa, kNumRows = kDelta ? 4 : 2 };
  enum Matrix { kReadKey, kReadB, kDeltaKey, kDeltaB, kMatrices = kDelta ? 4 : 1 };  // as in A

  using Keys = KeyTile<kDelta, true, kKeys>;
  using LoadedKeys = KeyTile<kDelta, false, kKeys>;

  struct Shared {
    alignas(16) uint32_t states[kGroupChunks][kWarps][kValueTiles][kTileWords];  // S before each chunk
    uint32_t rows[2][kNumRows][kValueTiles][kTileWords];                         // [token,value]
    char log_decays[kTile][kKeys * sizeof(float)];                               // as they are
    uint32_t matrices[kMatrices][kTileWords];                                    // dA for s < t, [t,s]
    float diagonals[2][kTile];                                                   // dA_tt of reads by r
    Decays<kKeys> decays;
  };

  struct State {
    Acc tile[kValueTiles];  // [key,value]
  };

  const GroupArguments& x;
  int group;
  int h, first_key;  // of the block
  ChunkSequence sequence;
  int first_chunk;  // of the sequence's
  int num_chunks;

  /// Block (group * H + h) * kKeyBlocks + key block.
  RADLADS_DEVICE ChunkGroup(const GroupArguments& arguments, int item) : x(arguments) {
    group = item / kKeyBlocks / x.H;
    h = item / kKeyBlocks % x.H;
    first_key = item % kKeyBlocks * kKeys;
    sequence = x.sequences.template find<&ChunkSequence::first_group>(group);
    first_chunk = (group - sequence.first_group) * kGroupChunks;
    const int rest = chunks_of(sequence) - first_chunk;
    num_chunks = rest < kGroupChunks ? rest : kGroupChunks;
  }

  /// The chunk of the group at a step: steps 0 .. num_chunks - 1 go forward, as many back.
  RADLADS_DEVICE int chunk_of(int step) const { return step < num_chunks ? step : 2 * num_chunks - 1 - step; }
  RADLADS_DEVICE ChunkPlace place_at(int step) const {
    return place_of(sequence, h, first_chunk + chunk_of(step));
  }

  /// stored: [groups,H,N value,N key]
  RADLADS_DEVICE void load_state(const float* stored, int warp, State& state) const {
    const float* source = stored + (int64_t{group} * x.H + h) * N * N + first_key + warp * kTile;
    RADLADS_UNROLL
    for (int j = 0; j < kValueTiles; ++j)
      for_each_element(
          [&](Element i) { state.tile[j][i] = source[j * kTile * N + offset_in_tile(i, 1, N)]; });
  }

  /// To be transposed when needed: that waits for them.
  RADLADS_DEVICE LoadedKeys load_keys(const ChunkPlace& place, int warp, const Shared& shared) const {
    return chunk::load_keys<kDelta>(x.inputs, place, first_key + warp * kTile, shared.decays, warp * kTile);
  }

  /// Begins to copy the rows of a step, if there is one: d_o and dsa only in the backward direction.
  RADLADS_DEVICE void copy_rows(const Block& block, int step, Shared& shared) const {
    if (step >= 2 * num_chunks) return;
    const ChunkPlace place = place_at(step);
    const bool is_forward = step < num_chunks;
    RADLADS_UNROLL
    for (int kind = 0; kind < kNumRows; ++kind)
      if (!is_forward || kind == kV || kind == kE)
        copy_rows(block, x.rows[kind], place, shared.rows[step % 2][kind]);
  }

  /// Rows as tiles: 8 elements of a token are one row of an 8 x 8 block.
  RADLADS_DEVICE void copy_rows(const Block& block, const Rows& rows, const ChunkPlace& place,
                                uint32_t (*tiles)[kTileWords]) const {
    constexpr int kStep = kWarps * kLanes / (2 * kTile);  // tiles that all threads copy at once
    const uint16_t* first = rows.bf16(place);
    block.for_each_thread([&](int thread) {
      // Neighboring threads take both halves of a 32-byte sector, then other tokens.
      const unsigned item = thread, half = item % 2, token = item / 2 % kTile, tile = item / (2 * kTile);
      const bool is_there = static_cast<int>(token) < place.num_tokens;
      const uint16_t* source = is_there ? first + token * rows.stride_t + tile * kTile + half * 8 : first;
      uint32_t* target = tiles[tile] + (half * 2 + token / 8) * 32 + token % 8 * 4;
      RADLADS_UNROLL
      for (int j = 0; j < kValueTiles; j += kStep)
        copy_async(target + j * kTileWords, source + j * kTile, is_there);
    });
  }

  /// Begins to copy the log decays of a step, if there is one.
  RADLADS_DEVICE void copy_log_decays(const Block& block, int step, Shared& shared) const {
    if (step >= 2 * num_chunks) return;
    if (x.inputs.lw.is_bf16)
      copy_log_decays<2>(block, place_at(step), shared);
    else
      copy_log_decays<4>(block, place_at(step), shared);
  }

  template <int kElementBytes>
  RADLADS_DEVICE void copy_log_decays(const Block& block, const ChunkPlace& place, Shared& shared) const {
    constexpr unsigned kRowBytes = kKeys * kElementBytes, kBytes = kTile * kRowBytes;
    const Rows& lw = x.inputs.lw;
    const char* first = lw.at(place) + first_key * kElementBytes;
    block.for_each_thread([&](int thread) {
      for (unsigned byte = thread * 16; byte < kBytes; byte += kWarps * kLanes * 16) {
        const unsigned token = byte / kRowBytes, column = byte % kRowBytes;
        if (static_cast<int>(token) < place.num_tokens)
          copy_async(shared.log_decays[token] + column, first + token * lw.stride_t * kElementBytes + column);
      }
    });
  }

  /// A phase over threads.
  RADLADS_DEVICE void set_decays(const Block& block, const ChunkPlace& place, Shared& shared) const {
    const auto& rows = shared.log_decays;
    block.for_each_thread([&](int thread) {
      shared.decays.set(thread, place.num_tokens, [&](int t, int key) {
        return x.inputs.lw.is_bf16 ? bf16_to_float(reinterpret_cast<const uint16_t*>(rows[t])[key])
                                   : reinterpret_cast<const float*>(rows[t])[key];
      });
    });
  }
};

}  // namespace radlads::kernels::cuda::chunk
