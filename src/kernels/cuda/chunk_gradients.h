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
// wkv7 16 N^2 (S, E, and what they are multiplied with), wkv6 8 N^2. Bytes: 2 N^2 / 16 for states, 2 N for
// each row read (r, lw, k, kk and a twice; v, d_o, e, dsa up to 4 times, mostly from L2) and each written.
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

  /// Gradients of scaled r, k', kk and b, [key,token].
  struct Sums {
    Acc dr, dk, dkk, db;
    Acc inflow, delta_outflow;  // of writes less reads by r and kk; of reads by kk
    Acc through;                // from S to E, in parts
  };

  /// Block (group * H + h) * kKeyBlocks + key block.
  RADLADS_DEVICE static void run(const Block& block, const Arguments& x, Shared& shared, int64_t item) {
    Group group(x.group, item);
    const int num_chunks = group.num_chunks;
    PerWarp<State, kWarps> states;
    PerWarp<Keys, kWarps> keys;
    block.for_each_warp([&](int warp) { group.load_state(x.states, warp, states[warp]); });
    group.copy_chunk(block, 0, shared);
    // Forward through the chunks, then back.
    for (int step = 0; step < 2 * num_chunks; ++step) {
      const bool is_forward = step < num_chunks;
      const Chunk chunk = group.chunk_of_step(step);
      if (step == num_chunks)
        block.for_each_warp([&](int warp) { group.load_state(x.state_gradients, warp, states[warp]); });
      block.for_each_warp([&](int warp) { keys[warp] = group.load_keys(chunk, warp, shared); });
      wait_for_copies<0>();
      block.barrier();
      group.copy_chunk(block, step + 1, shared);
      group.sum_decays(block, chunk, step, shared);
      const auto& rows = shared.rows[step % 2];
      if (!is_forward) {
        block.for_each_warp([&](int warp) {
          for (int matrix = warp; matrix < Group::kMatrices; matrix += kWarps)
            multiply_rows(rows, matrix, shared);
        });
      }
      block.barrier();
      block.for_each_warp([&](int warp) {
        if (is_forward) {
          keep_state(states[warp], shared.states[chunk.index][warp]);
          if (step + 1 < num_chunks) {
            const Writes writes = scaled_writes(keys[warp], kChunkEnd);
            update(keys[warp], writes.k, rows[Group::kV], writes.b, rows[Group::kE], states[warp]);
          }
        } else {
          backward(x, group, chunk, keys[warp], shared, rows, warp, states[warp]);
        }
      });
    }
  }

  using RowTiles = uint32_t[kValueTiles][kTileWords];  // [token,value]

  /// X = D X + x u^T + y e^T with x, y [key,token] and rows of the chunk.
  RADLADS_DEVICE static void update(const Keys& keys, const Acc& x, const RowTiles& u, const Acc& y,
                                    const RowTiles& e, State& state) {
    const Tile first = round_to_tile(x), second = round_to_tile(y);
    Acc decay;
    for_each_element([&](Element i) { decay[i] = power_of_two(keys.sum(kChunkEnd, i)); });
    RADLADS_UNROLL
    for (int j = 0; j < kValueTiles; ++j) {
      Acc& X = state.tile[j];
      for_each_element([&](Element i) { X[i] *= decay[i]; });
      multiply(X, first, load_transposed(u[j]));
      if constexpr (kDelta) multiply(X, second, load_transposed(e[j]));
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
    for (int j = 0; j < kValueTiles; ++j) multiply(dA, load_tile(z[j]), load_tile(u[j]));
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
    Sums sums;
    add_state(keys, rows, shared.states[chunk.index][warp], E, sums);
    add_pairs(keys, shared, sums);
    const Reads reads = scaled_reads(keys, kChunkBegin);
    update(keys, reads.r, rows[Group::kDo], reads.kk, rows[Group::kDsa], E);
    store_gradients(x, group, chunk, keys, warp, sums);
  }

  /// What goes from S to reads, from writes to E, and from S to E.
  RADLADS_DEVICE static void add_state(const Keys& keys, const RowTiles* rows,
                                       const uint32_t (*S)[kTileWords], const State& E, Sums& sums) {
    RADLADS_UNROLL
    for (int j = 0; j < kValueTiles; ++j) {
      const Tile s = load_tile(S[j]), e = round_to_tile(E.tile[j]);
      multiply(sums.dr, s, load_tile(rows[Group::kDo][j]));
      multiply(sums.dk, e, load_tile(rows[Group::kV][j]));
      if constexpr (kDelta) {
        multiply(sums.dkk, s, load_tile(rows[Group::kDsa][j]));
        multiply(sums.db, e, load_tile(rows[Group::kE][j]));
      }
      for_each_element([&](Element i) { sums.through[i] += s[i] * E.tile[j][i]; });
    }
    for_each_element([&](Element i) {
      const float write = keys.write_factor(i, kChunkEnd);
      sums.through[i] *= power_of_two(keys.sum(kChunkEnd, i));
      sums.dr[i] *= keys.read_factor(i, kChunkBegin);
      sums.dk[i] *= write;
      const float outflow = keys.scaled_r(i) * sums.dr[i];
      sums.through[i] += outflow;  // all reads of S; those before u leave again as outflow
      sums.inflow[i] = keys.k[i] * keys.key_factor(i) * sums.dk[i] - outflow;
      if constexpr (kDelta) {
        sums.dkk[i] *= keys.delta_factor(i, kChunkBegin);
        sums.db[i] *= write;
        sums.delta_outflow[i] = keys.kk[i] * sums.dkk[i];
        sums.through[i] += sums.delta_outflow[i];
        sums.inflow[i] += keys.b(i) * sums.db[i] - sums.delta_outflow[i];
      }
    });
  }

  /// What goes from writes to reads.
  RADLADS_DEVICE static void add_pairs(const Keys& keys, const Shared& shared, Sums& sums) {
    const auto dA = [&](int matrix) { return load_tile(shared.matrices[matrix]); };
    const auto transposed_dA = [&](int matrix) { return load_transposed(shared.matrices[matrix]); };
    Tile r, k, kk, b;
    {
      const Reads reads = scaled_reads(keys, kChunkMiddle);
      const Writes writes = scaled_writes(keys, kChunkMiddle);
      r = round_to_tile(reads.r);
      k = round_to_tile(writes.k);
      if constexpr (kDelta) kk = round_to_tile(reads.kk);
      if constexpr (kDelta) b = round_to_tile(writes.b);
    }
    Acc dr, dk;
    multiply(dr, k, dA(Group::kReadKey));
    multiply(dk, r, transposed_dA(Group::kReadKey));
    if constexpr (kDelta) {
      multiply(dr, b, dA(Group::kReadB));
      multiply(dk, kk, transposed_dA(Group::kDeltaKey));
    }
    for_each_element([&](Element i) {
      const int token = keys.token(i);
      const float own = shared.diagonals[Group::kReadKey][token];
      sums.dr[i] += dr[i] * keys.read_factor(i, kChunkMiddle) + own * keys.k[i] * keys.key_factor(i);
      sums.dk[i] += dk[i] * keys.write_factor(i, kChunkMiddle) + own * keys.scaled_r(i);
      sums.inflow[i] += k[i] * dk[i] - r[i] * dr[i];
    });
    if constexpr (kDelta) {
      Acc dkk, db;
      multiply(dkk, k, dA(Group::kDeltaKey));
      multiply(dkk, b, dA(Group::kDeltaB));
      multiply(db, r, transposed_dA(Group::kReadB));
      multiply(db, kk, transposed_dA(Group::kDeltaB));
      for_each_element([&](Element i) {
        const float own = shared.diagonals[Group::kReadB][keys.token(i)];
        sums.dr[i] += own * keys.b(i);
        sums.dkk[i] += dkk[i] * keys.delta_factor(i, kChunkMiddle);
        sums.db[i] += db[i] * keys.write_factor(i, kChunkMiddle) + own * keys.scaled_r(i);
        const float outflow = kk[i] * dkk[i];
        sums.delta_outflow[i] += outflow;
        sums.inflow[i] += b[i] * db[i] - outflow;
      });
    }
  }

  /// From the gradients of scaled r, k' and b to those of the inputs.
  RADLADS_DEVICE static void store_gradients(const Arguments& x, const Group& group, const Chunk& chunk,
                                             const Keys& keys, int warp, Sums& sums) {
    // A read by kk at t leaves before the decay of t, one by r after it.
    const Acc all_through = sum_before_in_rows(sums.through);
    sum_before_in_rows(sums.inflow);
    Acc dlw, da;
    for_each_element([&](Element i) {
      const float d_factor = keys.balance ? sums.dk[i] * keys.k[i] : 0.0f;
      dlw[i] = all_through[i] + sums.inflow[i];
      if constexpr (kDelta) dlw[i] -= sums.delta_outflow[i];
      if (keys.balance) dlw[i] -= keys.decay(i) * d_factor;
      sums.dr[i] *= keys.scale;
      sums.dk[i] *= keys.key_factor(i);
      if constexpr (kDelta) {
        da[i] = sums.db[i] * keys.kk[i] + d_factor;
        sums.dkk[i] += sums.db[i] * keys.a[i];
      }
    });
    const auto store = [&](const Acc& gradient, const Rows& output) {
      store_output_transposed(gradient, output, group.sequence.row, chunk.begin, group.h,
                              group.first_key + warp * kTile, chunk.num_tokens);
    };
    store(sums.dr, x.dr);
    store(dlw, x.dlw);
    store(sums.dk, x.dk);
    if constexpr (kDelta) {
      store(sums.dkk, x.dkk);
      store(da, x.da);
    }
  }
};

}  // namespace radlads::kernels::cuda
