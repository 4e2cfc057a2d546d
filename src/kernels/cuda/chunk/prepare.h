// The first kernel of either pass: what the scan needs of each chunk, from the key side alone and therefore
// for all chunks at once. With t, s tokens, x~ the reads and y^ the writes scaled by the decay from or to the
// chunk's ends, A^{xy}_{ts} the products of reads and earlier writes, and T = (I + A^{kk,b})^-1:
//
//   Q = A^{rb} T     P = r~ - Q kk~     W = -T kk~     M = A^{rk} - Q A^{kk,k}     Z = -T A^{kk,k}
//   K = k^           B = b^             D = decay of the whole chunk
//
// (wkv6: P = r~, M = A^{rk}, K, D). The backward pass runs the same recurrence in reverse: reads become
// writes, all A and T are transposed, A^{rb} and A^{kk,k} are swapped.
//
// One block for a chunk and head, one warp for 16 key channels. FLOPs for N = 128: wkv6 70 K, wkv7 1 M.
// Bytes: reads 2 N a token and input, writes 8 N (wkv6: 4 N) a token, two (one) tiles and 4 N for D.
#pragma once

#include "kernels/cuda/chunk/keys.h"
#include "kernels/cuda/chunk/split.h"

namespace radlads::kernels::cuda::chunk {

template <int N, bool kDelta, bool kBackward>
struct Prepare {
  static constexpr int kWarps = N / kTile;
  static constexpr int kBlocksPerSm = 768 / (kWarps * kLanes);
  static constexpr int kMatrices = kDelta ? 4 : 1;
  enum FlowKind { kR, kK, kKk, kB, kFlows = kDelta ? 4 : 2 };
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
    alignas(16) uint32_t flows[kFlows][kWarps][kTileWords];  // relative to the middle, [token,key]
    uint32_t matrices[kMatrices][2][kTileWords];             // high, low
    Decays<N> decays;
    float system[kTile][kTile + 1];   // A^{kk,b}
    float inverse[kTile][kTile + 1];  // T
  };

  /// Block chunk * H + h.
  RADLADS_DEVICE static void run(const Block& block, const Arguments& x, Shared& shared, int item) {
    const int chunk = item / x.H;
    const ChunkSequence sequence = x.sequences.template find<&ChunkSequence::first_chunk>(chunk);
    const ChunkPlace place = place_of(sequence, item % x.H, chunk - sequence.first_chunk);
    Record& record = x.records[item];

    PerWarp<Keys, kWarps> keys;
    block.for_each_warp([&](int warp) {
      keys[warp] = load_keys<kDelta>(x.inputs, place, warp * kTile, shared.decays, warp * kTile);
    });
    set_decays(block, x.inputs.lw, place, shared.decays);
    block.barrier();
    block.for_each_warp([&](int warp) { store_flows(keys[warp], warp, shared); });
    block.barrier();
    block.for_each_warp([&](int warp) {
      for (int matrix = warp; matrix < kMatrices; matrix += kWarps) multiply_flows(shared, matrix);
    });
    block.barrier();
    block.for_each_warp([&](int warp) {
      const Flows flows = state_flows(keys[warp]);
      if constexpr (kBackward)
        store_operands(shared, {flows.k, flows.b, flows.r, flows.kk}, warp, record);
      else
        store_operands(shared, flows, warp, record);
    });
    block.for_each_thread([&](int thread) {
      if (thread < N) record.decay[thread] = shared.decays.whole(thread);
    });
  }

  RADLADS_DEVICE static void set_decays(const Block& block, const Rows& lw, const ChunkPlace& place,
                                        Decays<N>& decays) {
    block.for_each_thread([&](int thread) {
      if (lw.is_bf16) {
        const uint16_t* values = lw.bf16(place);
        decays.set(thread, place.num_tokens,
                   [&](int t, int channel) { return bf16_to_float(values[t * lw.stride_t + channel]); });
      } else {
        const float* values = lw.f32(place);
        decays.set(thread, place.num_tokens,
                   [&](int t, int channel) { return values[t * lw.stride_t + channel]; });
      }
    });
  }

  RADLADS_DEVICE static void store_flows(const Keys& keys, int warp, Shared& shared) {
    const Flows flows = middle_flows(keys);
    store_tile(shared.flows[kR][warp], round_to_tile(flows.r));
    store_tile(shared.flows[kK][warp], round_to_tile(flows.k));
    if constexpr (kDelta) {
      store_tile(shared.flows[kKk][warp], round_to_tile(flows.kk));
      store_tile(shared.flows[kB][warp], round_to_tile(flows.b));
    }
  }

  /// A of one kind; T instead of A^{kk,b}.
  RADLADS_DEVICE static void multiply_flows(Shared& shared, int matrix) {
    const bool is_r = matrix == kReadKey || matrix == kReadB;
    const auto* reads = shared.flows[is_r ? kR : kKk];
    const auto* writes = shared.flows[matrix == kReadKey || matrix == kDeltaKey ? kK : kB];
    Acc A;
    RADLADS_UNROLL
    for (int j = 0; j < kWarps; ++j) multiply(A, load_left(reads[j]), load_right(writes[j]));
    for_each_element([&](Element i) {
      if (i.column > i.row || (i.column == i.row && !is_r)) A[i] = 0;
    });
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

  /// A matrix of the equations above as a left operand. The backward pass has them transposed.
  RADLADS_DEVICE static SplitTile left(const Shared& shared, Matrix matrix) {
    const auto& words = shared.matrices[of_pass(matrix)];
    if constexpr (kBackward) return {load_left_transposed(words[0]), load_left_transposed(words[1])};
    return {load_left(words[0]), load_left(words[1])};
  }

  /// As a right operand, where multiply() takes its transpose.
  RADLADS_DEVICE static SplitTile right(const Shared& shared, Matrix matrix) {
    const auto& words = shared.matrices[of_pass(matrix)];
    if constexpr (kBackward) return {load_right(words[0]), load_right(words[1])};
    return {load_right_transposed(words[0]), load_right_transposed(words[1])};
  }

  RADLADS_DEVICE static Matrix of_pass(Matrix matrix) {
    if (kBackward && matrix == kReadB) return kDeltaKey;
    if (kBackward && matrix == kDeltaKey) return kReadB;
    return matrix;
  }

  /// flows: reads and writes in the direction of the pass.
  RADLADS_DEVICE static void store_operands(const Shared& shared, const Flows& flows, int warp,
                                            Record& record) {
    store_tile(record.operands[Record::kWrite][warp], transposed(round_to_tile(flows.k)));
    Acc P = flows.r;
    SplitTile minus_Q;
    if constexpr (kDelta) {
      store_tile(record.operands[Record::kWriteDelta][warp], transposed(round_to_tile(flows.b)));
      Acc Q, W;
      multiply(Q, left(shared, kReadB), right(shared, kDeltaB));
      minus_Q = split(negated(Q));
      const SplitTile kk_transposed = transposed(split(flows.kk));
      multiply(P, minus_Q, kk_transposed);
      multiply(W, left(shared, kDeltaB), kk_transposed);
      store_tile(record.operands[Record::kReadDelta][warp], round_to_tile(negated(W)));
    }
    store_tile(record.operands[Record::kRead][warp], round_to_tile(P));
    if (warp == 0) store_mixes(shared, minus_Q, record);
  }

  RADLADS_DEVICE static void store_mixes(const Shared& shared, const SplitTile& minus_Q, Record& record) {
    Acc M = sum(left(shared, kReadKey));
    if constexpr (kDelta) {
      const SplitTile delta_key = right(shared, kDeltaKey);
      Acc Z;
      multiply(M, minus_Q, delta_key);
      multiply(Z, left(shared, kDeltaB), delta_key);
      store_tile(record.mixes[Record::kMixDelta], round_to_tile(negated(Z)));
    }
    store_tile(record.mixes[Record::kMix], round_to_tile(M));
  }
};

}  // namespace radlads::kernels::cuda::chunk
