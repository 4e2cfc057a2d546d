// The last kernel of the backward pass: the gradients of the key side, for all groups of chunks at once. The
// scans have left S before each group, E = dS after each group, e = -sa and dsa. For a chunk, with z the
// gradients of reads (d_o of r, dsa of kk), u what is written (v under k', e under b), dA_ts = z_t . u_s:
//
//   dx_t = D(0->t') (S z_t) + sum_s dA_ts D(s->t') y_s         (x: r, kk)
//   dy_s = D(s->C) (E u_s) + sum_t dA_ts D(s->t') x_t          (y: k', b)
//
// A flow is a read or write times its own gradient. dlw_u is the sum of the flows through the decay of token
// u: from S to E, from S to reads at t' >= u, from writes at s < u to E, and from writes at s < u to reads at
// t' >= u. It comes from sums over tokens of what flows in and out; in- and outflow between the same two
// tokens are computed from the same rounded numbers, so that they cancel where both are on one side of u.
//
// One block for 64 key channels of a head and group of chunks (group.h), one warp for 16 key channels;
// its tiles have key channels as rows, and tokens or value channels as columns. FLOPs for a token and head:
// wkv7 22 N^2, of which 8 N^2 recompute S and E; wkv6 11 N^2. Bytes: N^2 / 8 for S and E, 2 N for each row
// written and each read (r, lw, k, kk and a twice; v, d_o, e and dsa two to four times, mostly from L2).
#pragma once

#include "kernels/cuda/chunk/group.h"
#include "kernels/cuda/chunk/store.h"

namespace radlads::kernels::cuda::chunk {

template <int N, bool kDelta>
struct Gradients {
  using Group = ChunkGroup<N, kDelta>;
  using Keys = typename Group::Keys;
  using State = typename Group::State;
  using Shared = typename Group::Shared;
  static constexpr int kWarps = Group::kWarps;
  static constexpr int kBlocksPerSm = 2;
  static constexpr int kValueTiles = Group::kValueTiles;

  struct Arguments {
    GroupArguments group;
    const float *states, *state_gradients;  // S, E: [groups,H,N value,N key]
    Rows dr, dlw, dk;                       // [B,T,H,N], dk per head
    Rows dkk, da;                           // of wkv7 alone
  };

  using RowTiles = uint32_t[kValueTiles][kTileWords];  // [token,value]

  struct FlowTiles {
    Tile r, kk, k, b;
  };

  /// One chunk of a warp.
  struct View {
    const Keys& keys;
    const Shared& shared;
    const RowTiles* rows;             // v, d_o, e, dsa
    const uint32_t (*S)[kTileWords];  // before the chunk
    FlowTiles middle;                 // relative to the middle
  };

  /// What is summed along the way, [key,token].
  struct Sums {
    Acc dkk, da;
    Acc dlw;            // what does not flow through decays
    Acc inflow;         // of writes less outflow of reads
    Acc delta_outflow;  // the part of reads by kk, which leave before the token's own decay
    Acc passage;        // what S gives to reads and to E; only row sums count
  };

  /// Block (group * H + h) * kKeyBlocks + key block.
  RADLADS_DEVICE static void run(const Block& block, const Arguments& x, Shared& shared, int item) {
    Group group(x.group, item);
    const int num_chunks = group.num_chunks;
    PerWarp<State, kWarps> states;
    PerWarp<typename Group::LoadedKeys, kWarps> loaded;
    block.for_each_warp([&](int warp) { group.load_state(x.states, warp, states[warp]); });
    group.copy_rows(block, 0, shared);
    group.copy_log_decays(block, 0, shared);
    // Forward through the chunks, then back.
    for (int step = 0; step < 2 * num_chunks; ++step) {
      const bool is_forward = step < num_chunks;
      const int chunk = group.chunk_of(step);
      const ChunkPlace place = group.place_at(step);
      if (step == num_chunks)
        block.for_each_warp([&](int warp) { group.load_state(x.state_gradients, warp, states[warp]); });
      block.for_each_warp([&](int warp) { loaded[warp] = group.load_keys(place, warp, shared); });
      commit_copies();
      wait_for_copies<0>();
      block.barrier();
      group.copy_rows(block, step + 1, shared);
      group.set_decays(block, place, shared);
      const auto& rows = shared.rows[step % 2];
      if (!is_forward) {
        block.for_each_warp([&](int warp) {
          for (int matrix = warp; matrix < Group::kMatrices; matrix += kWarps)
            multiply_rows(rows, matrix, shared);
        });
      }
      block.barrier();
      group.copy_log_decays(block, step + 1, shared);
      block.for_each_warp([&](int warp) {
        const Keys keys = transposed(loaded[warp]);
        if (is_forward) {
          keep_state(states[warp], shared.states[chunk][warp]);
          if (step + 1 < num_chunks) {
            const Flows flows = state_flows(keys);
            update(keys, round_to_tile(flows.k), rows[Group::kV], round_to_tile(flows.b), rows[Group::kE],
                   states[warp]);
          }
        } else {
          const View view = {keys, shared, rows, shared.states[chunk][warp], middle_tiles(keys)};
          backward(x, view, place, group.first_key + warp * kTile, states[warp]);
        }
      });
    }
  }

  /// X = D X + x u^T + y e^T with x, y [key,token] and rows of the chunk.
  RADLADS_DEVICE static void update(const Keys& keys, const Tile& x, const RowTiles& u, const Tile& y,
                                    const RowTiles& e, State& state) {
    Acc decay;
    for_each_element([&](Element i) { decay[i] = keys.whole(i); });
    RADLADS_UNROLL
    for (int j = 0; j < kValueTiles; ++j) {
      Acc& X = state.tile[j];
      for_each_element([&](Element i) { X[i] *= decay[i]; });
      multiply(X, x, load_right_transposed(u[j]));
      if constexpr (kDelta) multiply(X, y, load_right_transposed(e[j]));
    }
  }

  RADLADS_DEVICE static void keep_state(const State& state, uint32_t (*kept)[kTileWords]) {
    RADLADS_UNROLL
    for (int j = 0; j < kValueTiles; ++j) store_tile(kept[j], round_to_tile(state.tile[j]));
  }

  /// dA of one kind for s < t, and for s = t in float32 where reads are by r.
  RADLADS_DEVICE static void multiply_rows(const RowTiles* rows, int matrix, Shared& shared) {
    const bool is_r = matrix == Group::kReadKey || matrix == Group::kReadB;
    const auto& z = rows[is_r ? Group::kDo : Group::kDsa];
    const auto& u = rows[matrix == Group::kReadKey || matrix == Group::kDeltaKey ? Group::kV : Group::kE];
    Acc dA;
    RADLADS_UNROLL
    for (int j = 0; j < kValueTiles; ++j) multiply(dA, load_left(z[j]), load_right(u[j]));
    for_each_element([&](Element i) {
      if (i.column == i.row && is_r) shared.diagonals[matrix][i.row] = dA[i];
      if (i.column >= i.row) dA[i] = 0;
    });
    store_tile(shared.matrices[matrix], round_to_tile(dA));
  }

  RADLADS_DEVICE static FlowTiles middle_tiles(const Keys& keys) {
    const Flows flows = middle_flows(keys);
    return {round_to_tile(flows.r), round_to_tile(flows.kk), round_to_tile(flows.k), round_to_tile(flows.b)};
  }

  /// The gradients of a chunk from E after it; E before it.
  RADLADS_DEVICE static void backward(const Arguments& x, const View& view, const ChunkPlace& place,
                                      int channel, State& E) {
    Sums sums;
    store_output(reads(view, sums), x.dr, place, channel);
    store_output(writes(view, E, sums), x.dk, place, channel);
    if constexpr (kDelta) {
      store_output(sums.dkk, x.dkk, place, channel);
      store_output(sums.da, x.da, place, channel);
    }
    const Acc passage = sum_before_in_rows(sums.passage);
    sum_before_in_rows(sums.inflow);
    for_each_element([&](Element i) {
      sums.dlw[i] += passage[i] + sums.inflow[i];
      if constexpr (kDelta) sums.dlw[i] -= sums.delta_outflow[i];
    });
    store_output(sums.dlw, x.dlw, place, channel);
    const Flows flows = state_flows(view.keys);
    update(view.keys, round_to_tile(flows.r), view.rows[Group::kDo], round_to_tile(flows.kk),
           view.rows[Group::kDsa], E);
  }

  /// Gradients of the reads. Returns dr; dkk is still without what comes through b.
  RADLADS_DEVICE static Acc reads(const View& view, Sums& sums) {
    const auto& rows = view.rows;
    const auto& matrices = view.shared.matrices;
    Acc state_r, state_kk, pairs_r, pairs_kk, dr;
    RADLADS_UNROLL
    for (int j = 0; j < kValueTiles; ++j) {
      const Tile s = load_left(view.S[j]);
      multiply(state_r, s, load_right(rows[Group::kDo][j]));
      if constexpr (kDelta) multiply(state_kk, s, load_right(rows[Group::kDsa][j]));
    }
    multiply(pairs_r, view.middle.k, load_right(matrices[Group::kReadKey]));
    if constexpr (kDelta) {
      multiply(pairs_r, view.middle.b, load_right(matrices[Group::kReadB]));
      multiply(pairs_kk, view.middle.k, load_right(matrices[Group::kDeltaKey]));
      multiply(pairs_kk, view.middle.b, load_right(matrices[Group::kDeltaB]));
    }
    for_each_element([&](Element i) {
      const int token = view.keys.token(i);
      const float state = state_r[i] * view.keys.first_half(i), all = state + pairs_r[i];
      dr[i] = all * view.keys.read_factor(i) +
              view.shared.diagonals[Group::kReadKey][token] * view.keys.scaled_k(i);
      sums.passage[i] = view.middle.r[i] * state;
      sums.inflow[i] = -view.middle.r[i] * all;
      if constexpr (kDelta) {
        const float delta_state = state_kk[i] * view.keys.first_half(i),
                    delta_all = delta_state + pairs_kk[i];
        dr[i] += view.shared.diagonals[Group::kReadB][token] * view.keys.b(i);
        sums.dkk[i] = delta_all * view.keys.delta_factor(i);
        sums.passage[i] += view.middle.kk[i] * delta_state;
        sums.delta_outflow[i] = view.middle.kk[i] * delta_all;
        sums.inflow[i] -= sums.delta_outflow[i];
      }
      dr[i] *= view.keys.scale;
    });
    return dr;
  }

  /// Gradients of the writes. Returns dk.
  RADLADS_DEVICE static Acc writes(const View& view, const State& E, Sums& sums) {
    const auto& rows = view.rows;
    const auto& matrices = view.shared.matrices;
    Acc state_k, state_b, pairs_k, pairs_b, products, dk;
    RADLADS_UNROLL
    for (int j = 0; j < kValueTiles; ++j) {
      const Tile e = round_to_tile(E.tile[j]);
      multiply(state_k, e, load_right(rows[Group::kV][j]));
      if constexpr (kDelta) multiply(state_b, e, load_right(rows[Group::kE][j]));
      multiply(products, e, load_right(view.S[j]));  // its diagonal is the row sums of S times E
    }
    multiply(pairs_k, view.middle.r, load_right_transposed(matrices[Group::kReadKey]));
    if constexpr (kDelta) {
      multiply(pairs_k, view.middle.kk, load_right_transposed(matrices[Group::kDeltaKey]));
      multiply(pairs_b, view.middle.r, load_right_transposed(matrices[Group::kReadB]));
      multiply(pairs_b, view.middle.kk, load_right_transposed(matrices[Group::kDeltaB]));
    }
    for_each_element([&](Element i) {
      const Keys& x = view.keys;
      const int token = x.token(i);
      const float write = x.write_factor(i), rest = x.second_half(i);
      const float all = state_k[i] * rest + pairs_k[i];
      const float d_scaled = all * write + view.shared.diagonals[Group::kReadKey][token] * x.scaled_r(i);
      const float d_factor = x.balance ? d_scaled * x.k[i] : 0.0f;
      dk[i] = d_scaled * x.key_factor(i);
      sums.dlw[i] = x.balance ? -x.decay(i) * d_factor : 0.0f;
      sums.inflow[i] += view.middle.k[i] * all;
      if (i.row == i.column) sums.passage[i] += products[i] * x.whole(i);
      if constexpr (kDelta) {
        const float all_b = state_b[i] * rest + pairs_b[i];
        const float db = all_b * write + view.shared.diagonals[Group::kReadB][token] * x.scaled_r(i);
        sums.inflow[i] += view.middle.b[i] * all_b;
        sums.da[i] = db * x.kk[i] + d_factor;
        sums.dkk[i] += db * x.a[i];
      }
    });
    return dk;
  }
};

}  // namespace radlads::kernels::cuda::chunk
