// The first kernel of either pass: what the scan needs of each chunk, from the key side alone and therefore
// for all chunks at once. With t, s tokens, x~ the reads and y^ the writes scaled by the decay from or to the
// chunk's ends, A^{xy}_{ts} the products of reads and earlier writes, and T = (I + A^{kk,b})^-1:
//
//   Q = A^{rb} T     P = r~ - Q kk~     W = -T kk~     M = A^{rk} - Q A^{kk,k}     Z = -T A^{kk,k}
//   K = k^           B = b^             D = decay of the whole chunk
//
// (wkv6: P = r~, M = A^{rk}, K, D). The backward pass runs the same recurrence in reverse: reads become
// writes, all A and T are transposed, A^{rb} and A^{kk,k} trade places.
//
// One block for a chunk and head, one warp for 16 key channels. FLOPs for N = 128: wkv6 0.4 M, wkv7 2.8 M.
// Bytes: reads 2 N a token and input, writes 8 N (wkv6: 4 N) a token and as much as two tiles.
#pragma once

#include "kernels/cuda/chunk_keys.h"
#include "kernels/cuda/chunk_split.h"

namespace radlads::kernels::cuda {

template <int N, bool kDelta, bool kBackward>
struct Prepare {
  static constexpr int kWarps = N / kTile;
  static constexpr int kBlocksPerSm = 512 / (kWarps * kLanes);
  static constexpr int kMatrices = kDelta ? 4 : 1;
  enum Matrix { kReadKey, kReadB, kDeltaKey, kDeltaB };  // A^{rk}, A^{rb}, A^{kk,k}; A^{kk,b}, then T

  using Record = ChunkRecord<N, kDelta>;
  using Keys = KeyTile<kDelta, false, N>;

  struct Arguments {
    KeyInputs inputs;
    ChunkSequences sequences;
    int H;
    Record* records;  // [chunks,H]
  };

  struct Shared {
    Decays<N> decays;
    float partial[kWarps][kMatrices][kAccFloats];               // of A, from a warp's key channels
    uint32_t matrices[kMatrices][2][kTileWords];                // high, low
    float system[kTile][kTile + 1], inverse[kTile][kTile + 1];  // I + A^{kk,b}, without I; T
  };

  /// Block chunk * H + h.
  RADLADS_DEVICE static void run(const Block& block, const Arguments& x, Shared& shared, int64_t item) {
    const int64_t chunk = item / x.H;
    const int h = static_cast<int>(item % x.H);
    const ChunkSequence sequence = x.sequences.template find<&ChunkSequence::first_chunk>(chunk);
    const int64_t first = (chunk - sequence.first_chunk) * kTile, begin = sequence.begin + first;
    const int num_tokens = tokens_from(first, sequence.length);
    Record& record = x.records[item];

    sum_decays(block, x.inputs.lw, sequence.row, begin, num_tokens, h, 0, shared.decays);
    block.barrier();
    PerWarp<Keys, kWarps> keys;
    block.for_each_warp([&](int warp) {
      keys[warp] = load_keys<kDelta, false>(x.inputs, sequence.row, begin, num_tokens, h, warp * kTile,
                                            shared.decays, warp * kTile);
      multiply_pairs(keys[warp], shared.partial[warp]);
    });
    block.barrier();
    block.for_each_warp([&](int warp) {
      for (int matrix = warp; matrix < kMatrices; matrix += kWarps) add_warps(shared, matrix);
    });
    block.barrier();
    block.for_each_warp([&](int warp) {
      const Flows flows = state_flows(keys[warp]);
      kBackward
          ? store_operands(shared, flows.write, flows.write_delta, flows.read, flows.read_delta, warp, record)
          : store_operands(shared, flows.read, flows.read_delta, flows.write, flows.write_delta, warp,
                           record);
    });
    block.for_each_thread([&](int thread) {
      if (thread < N) record.decay[thread] = power_of_two(shared.decays.sum[kTile][thread]);
    });
  }

  /// This warp's part of A, level by level.
  RADLADS_DEVICE static void multiply_pairs(const Keys& keys, float (*partial)[kAccFloats]) {
    Acc A[kMatrices];
    const auto add_level = [&](auto level) {
      using AtLevel = decltype(level);
      const Flows flows = scaled_flows(keys, level);
      const auto add = [&](Acc& sum, const Tile& read, const Tile& write) {
        Acc products;
        multiply(products, read, write);
        for_each_element([&](Element i) { sum[i] += AtLevel::pairs(i.row, i.column) ? products[i] : 0.0f; });
      };
      const Tile read = round_to_tile(flows.read), write = round_to_tile(flows.write);
      add(A[kReadKey], read, write);
      if constexpr (kDelta) {
        const Tile read_delta = round_to_tile(flows.read_delta),
                   write_delta = round_to_tile(flows.write_delta);
        add(A[kReadB], read, write_delta);
        add(A[kDeltaKey], read_delta, write);
        add(A[kDeltaB], read_delta, write_delta);
      }
    };
    for_each_level(add_level);
    add_level(Level<0>{});
    for (int matrix = 0; matrix < kMatrices; ++matrix) store_acc(partial[matrix], A[matrix]);
  }

  /// Sums a matrix over the warps, in their order; turns A^{kk,b} into T.
  RADLADS_DEVICE static void add_warps(Shared& shared, int matrix) {
    Acc A;
    for (int warp = 0; warp < kWarps; ++warp) add_stored(A, shared.partial[warp][matrix]);
    if (matrix == kDeltaB) invert(shared, A);
    const SplitTile tile = split(A);
    store_tile(shared.matrices[matrix][0], tile.high);
    store_tile(shared.matrices[matrix][1], tile.low);
  }

  /// A becomes (I + A)^-1, by forward substitution: lane c solves for column c.
  RADLADS_DEVICE static void invert(Shared& shared, Acc& A) {
    for_each_element([&](Element i) { shared.system[i.row][i.column] = A[i]; });
    for_each_lane([&](int lane) {
      if (lane >= kTile) return;
      float column[kTile];
      RADLADS_UNROLL
      for (int t = 0; t < kTile; ++t) {
        float value = t == lane ? 1.0f : 0.0f;
        RADLADS_UNROLL
        for (int s = 0; s < t; ++s) value -= shared.system[t][s] * column[s];
        column[t] = value;
        shared.inverse[t][lane] = value;
      }
    });
    for_each_element([&](Element i) { A[i] = shared.inverse[i.row][i.column]; });
  }

  /// A matrix of the equations above, which the backward pass has transposed.
  RADLADS_DEVICE static SplitTile load_matrix(const Shared& shared, Matrix matrix, bool transpose) {
    if (kBackward && matrix == kReadB)
      matrix = kDeltaKey;
    else if (kBackward && matrix == kDeltaKey)
      matrix = kReadB;
    const auto& words = shared.matrices[matrix];
    if (transpose != kBackward) return {load_transposed(words[0]), load_transposed(words[1])};
    return {load_tile(words[0]), load_tile(words[1])};
  }

  RADLADS_DEVICE static void store_operands(const Shared& shared, const Acc& read, const Acc& read_delta,
                                            const Acc& write, const Acc& write_delta, int warp,
                                            Record& record) {
    Acc P = read, M = sum(load_matrix(shared, kReadKey, false));
    if constexpr (kDelta) {
      const SplitTile T = load_matrix(shared, kDeltaB, false);
      const SplitTile delta_key_transposed = load_matrix(shared, kDeltaKey, true);
      const SplitTile read_delta_transposed = transposed(split(read_delta));
      Acc Q, W;
      multiply(Q, load_matrix(shared, kReadB, false), load_matrix(shared, kDeltaB, true));
      const SplitTile minus_Q = split(negated(Q));
      multiply(P, minus_Q, read_delta_transposed);
      multiply(W, T, read_delta_transposed);
      store_tile(record.operands[Record::kReadDelta][warp], round_to_tile(negated(W)));
      store_tile(record.operands[Record::kWriteDelta][warp], transposed(round_to_tile(write_delta)));
      if (warp == 0) {
        Acc Z;
        multiply(M, minus_Q, delta_key_transposed);
        multiply(Z, T, delta_key_transposed);
        store_tile(record.mixes[Record::kMixDelta], round_to_tile(negated(Z)));
      }
    }
    store_tile(record.operands[Record::kRead][warp], round_to_tile(P));
    store_tile(record.operands[Record::kWrite][warp], transposed(round_to_tile(write)));
    if (warp == 0) store_tile(record.mixes[Record::kMix], round_to_tile(M));
  }
};

}  // namespace radlads::kernels::cuda
