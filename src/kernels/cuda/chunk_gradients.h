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
// One block for 64 key channels of a head and group of chunks (chunk_group.h), one warp for 16 key channels;
// its tiles have key channels as rows, and tokens or value channels as columns. FLOPs for a token and head:
// wkv7 22 N^2, of which 8 N^2 recompute S and E; wkv6 11 N^2. Bytes: N^2 / 8 for S and E, 2 N for each row
// written and each read (r, lw, k, kk and a twice; v, d_o, e and dsa two to four times, mostly from L2).
#pragma once

#include "kernels/cuda/chunk_group.h"
#include "kernels/cuda/chunk_store.h"

namespace radlads::kernels::cuda {

template <int N, bool kDelta>
struct Gradients {
  using Group = ChunkGroup<N, kDelta>;
  using Keys = typename Group::Keys;
  using State = typename Group::State;
  using Chunk = typename Group::Chunk;
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

  /// What flows through decays, [key,token].
  struct Passage {
    Acc inflow;         // of writes less outflow of reads
    Acc delta_outflow;  // the part of reads by kk, which leave before the token's own decay
    Acc total;          // what S gives to reads and to E; only row sums count
  };

  /// Block (group * H + h) * kKeyBlocks + key block.
  RADLADS_DEVICE static void run(const Block& block, const Arguments& x, Shared& shared, int item) {
    Group group(x.group, item);
    const int num_chunks = group.num_chunks;
    PerWarp<State, kWarps> states;
    PerWarp<Keys, kWarps> keys;
    block.for_each_warp([&](int warp) { group.load_state(x.states, warp, states[warp]); });
    group.copy_rows(block, 0, shared);
    group.copy_log_decays(block, 0, shared);
    // Forward through the chunks, then back.
    for (int step = 0; step < 2 * num_chunks; ++step) {
      const bool is_forward = step < num_chunks;
      const Chunk chunk = group.chunk_of_step(step);
      if (step == num_chunks)
        block.for_each_warp([&](int warp) { group.load_state(x.state_gradients, warp, states[warp]); });
      block.for_each_warp([&](int warp) { keys[warp] = group.load_keys(chunk, warp, shared); });
      commit_copies();
      wait_for_copies<0>();
      block.barrier();
      group.copy_rows(block, step + 1, shared);
      group.set_decays(block, chunk, shared);
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
        if (is_forward) {
          keep_state(states[warp], shared.states[chunk.index][warp]);
          if (step + 1 < num_chunks) {
            const Flows flows = state_flows(keys[warp]);
            update(keys[warp], round_to_tile(flows.k), rows[Group::kV], round_to_tile(flows.b),
                   rows[Group::kE], states[warp]);
          }
        } else {
          backward(x, group, chunk, keys[warp], shared, rows, warp, states[warp]);
        }
      });
    }
  }

  using RowTiles = uint32_t[kValueTiles][kTileWords];  // [token,value]

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

  /// The gradients of a chunk from E after it; E before it.
  RADLADS_DEVICE static void backward(const Arguments& x, const Group& group, const Chunk& chunk,
                                      const Keys& keys, const Shared& shared, const RowTiles* rows, int warp,
                                      State& E) {
    const auto store = [&](const Acc& gradient, const Rows& output) {
      store_output(gradient, output, group.sequence.row, chunk.begin, group.h, group.first_key + warp * kTile,
                   chunk.num_tokens);
    };
    const uint32_t(*S)[kTileWords] = shared.states[chunk.index][warp];
    Passage passage;
    Acc dlw, dkk;
    {
      const Flows flows = middle_flows(keys);
      const Tile r = round_to_tile(flows.r), k = round_to_tile(flows.k);
      const Tile kk = round_to_tile(flows.kk), b = round_to_tile(flows.b);
      store(reads(keys, shared, rows, S, r, kk, k, b, dkk, passage), x.dr);
      Acc da;
      store(writes(keys, shared, rows, S, E, r, kk, k, b, da, dlw, dkk, passage), x.dk);
      if constexpr (kDelta) store(da, x.da);
      if constexpr (kDelta) store(dkk, x.dkk);
    }
    const Acc total = sum_before_in_rows(passage.total);
    sum_before_in_rows(passage.inflow);
    for_each_element([&](Element i) {
      dlw[i] += total[i] + passage.inflow[i];
      if constexpr (kDelta) dlw[i] -= passage.delta_outflow[i];
    });
    store(dlw, x.dlw);
    const Flows flows = state_flows(keys);
    update(keys, round_to_tile(flows.r), rows[Group::kDo], round_to_tile(flows.kk), rows[Group::kDsa], E);
  }

  /// Gradients of the reads; r, kk, k, b relative to the middle. Returns dr; dkk is still without what comes
  /// through b.
  RADLADS_DEVICE static Acc reads(const Keys& keys, const Shared& shared, const RowTiles* rows,
                                  const uint32_t (*S)[kTileWords], const Tile& r, const Tile& kk,
                                  const Tile& k, const Tile& b, Acc& dkk, Passage& passage) {
    const auto dA = [&](int matrix) { return load_right(shared.matrices[matrix]); };
    Acc state_r, state_kk, pairs_r, pairs_kk, dr;
    RADLADS_UNROLL
    for (int j = 0; j < kValueTiles; ++j) {
      const Tile s = load_left(S[j]);
      multiply(state_r, s, load_right(rows[Group::kDo][j]));
      if constexpr (kDelta) multiply(state_kk, s, load_right(rows[Group::kDsa][j]));
    }
    multiply(pairs_r, k, dA(Group::kReadKey));
    if constexpr (kDelta) {
      multiply(pairs_r, b, dA(Group::kReadB));
      multiply(pairs_kk, k, dA(Group::kDeltaKey));
      multiply(pairs_kk, b, dA(Group::kDeltaB));
    }
    for_each_element([&](Element i) {
      const int token = keys.token(i);
      const float state = state_r[i] * keys.first_half(i), all = state + pairs_r[i];
      dr[i] = all * keys.read_factor(i) + shared.diagonals[Group::kReadKey][token] * keys.scaled_k(i);
      passage.total[i] = r[i] * state;
      passage.inflow[i] = -r[i] * all;
      if constexpr (kDelta) {
        const float delta_state = state_kk[i] * keys.first_half(i), delta_all = delta_state + pairs_kk[i];
        dr[i] += shared.diagonals[Group::kReadB][token] * keys.b(i);
        dkk[i] = delta_all * keys.delta_factor(i);
        passage.total[i] += kk[i] * delta_state;
        passage.delta_outflow[i] = kk[i] * delta_all;
        passage.inflow[i] -= passage.delta_outflow[i];
      }
      dr[i] *= keys.scale;
    });
    return dr;
  }

  /// Gradients of the writes. Returns dk; dlw is what balance adds to it.
  RADLADS_DEVICE static Acc writes(const Keys& keys, const Shared& shared, const RowTiles* rows,
                                   const uint32_t (*S)[kTileWords], const State& E, const Tile& r,
                                   const Tile& kk, const Tile& k, const Tile& b, Acc& da, Acc& dlw, Acc& dkk,
                                   Passage& passage) {
    const auto dA = [&](int matrix) { return load_right_transposed(shared.matrices[matrix]); };
    Acc state_k, state_b, pairs_k, pairs_b, products, dk;
    RADLADS_UNROLL
    for (int j = 0; j < kValueTiles; ++j) {
      const Tile e = round_to_tile(E.tile[j]);
      multiply(state_k, e, load_right(rows[Group::kV][j]));
      if constexpr (kDelta) multiply(state_b, e, load_right(rows[Group::kE][j]));
      multiply(products, e, load_right(S[j]));  // the diagonal: row sums of S times E
    }
    multiply(pairs_k, r, dA(Group::kReadKey));
    if constexpr (kDelta) {
      multiply(pairs_k, kk, dA(Group::kDeltaKey));
      multiply(pairs_b, r, dA(Group::kReadB));
      multiply(pairs_b, kk, dA(Group::kDeltaB));
    }
    for_each_element([&](Element i) {
      const int token = keys.token(i);
      const float write = keys.write_factor(i), rest = keys.second_half(i);
      const float all = state_k[i] * rest + pairs_k[i];
      const float d_scaled = all * write + shared.diagonals[Group::kReadKey][token] * keys.scaled_r(i);
      const float d_factor = keys.balance ? d_scaled * keys.k[i] : 0.0f;
      dk[i] = d_scaled * keys.key_factor(i);
      dlw[i] = keys.balance ? -keys.decay(i) * d_factor : 0.0f;
      passage.inflow[i] += k[i] * all;
      if (i.row == i.column) passage.total[i] += products[i] * keys.whole(i);
      if constexpr (kDelta) {
        const float all_b = state_b[i] * rest + pairs_b[i];
        const float db = all_b * write + shared.diagonals[Group::kReadB][token] * keys.scaled_r(i);
        passage.inflow[i] += b[i] * all_b;
        da[i] = db * keys.kk[i] + d_factor;
        dkk[i] += db * keys.a[i];
      }
    });
    return dk;
  }
};

}  // namespace radlads::kernels::cuda
