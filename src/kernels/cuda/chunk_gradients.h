// The last kernel of the backward pass: the gradients of the key side, for all groups of chunks at once. The
// scans have left S before each group, E = dS after each group, e = -sa and dsa. For a chunk, with z the
// gradients of reads (d_o of r, dsa of kk), u what is written (v under k', e under b), dA_ts = z_t . u_s:
//
//   dx_t = D(0->t') (S z_t) + sum_s dA_ts D(s->t') y_s         (x: r, kk)
//   dy_s = D(s->C) (E u_s) + sum_t dA_ts D(s->t') x_t          (y: k', b)
//   dlw_u = sum of what flows through the decay of token u: from S to E, from S to reads at t' >= u, from
//           writes at s < u to E, and from writes at s < u to reads at t' >= u
//
// where a flow is a read or write times its own gradient. Sums over pairs of tokens go level by level
// (chunk_keys.h); at a level every flow passes the boundary, so that dlw is a sum over the tokens before u
// (of the first half) or from u on (of the second), without the cancellation of in- and outflows.
//
// A warp has 16 key channels, all 16 x N elements of S and E in registers and N/16 tiles; tiles have key
// channels as rows and tokens as columns. A sweep forward recomputes S before each chunk (kept as bfloat16 in
// shared memory), one backward recomputes E. A block has 64 key channels of a head and group of chunks.
// FLOPs for a token and head: wkv7 16 N^2 + 4 N^2 for dA, wkv6 8 N^2 + 2 N^2. Bytes: 2 N^2 / 16 for states,
// 2 N for each row read (r, lw, k, kk, a and twice v, d_o, e, dsa) and written.
#pragma once

#include "kernels/cuda/chunk_keys.h"
#include "kernels/cuda/chunk_store.h"

namespace radlads::kernels::cuda {

template <int N, bool kDelta>
struct Gradients {
  static constexpr int kWarps = N == 32 ? 2 : 4;
  static constexpr int kBlocksPerSm = 2;
  static constexpr int kKeys = kWarps * kTile;
  static constexpr int kKeyBlocks = N / kKeys;
  static constexpr int kValueTiles = N / kTile;
  enum RowKind { kV, kDo, kE, kDsa, kNumRows = kDelta ? 4 : 2 };
  enum Matrix { kReadKey, kReadB, kDeltaKey, kDeltaB, kMatrices = kDelta ? 4 : 1 };  // dA, as in A

  using Keys = KeyTile<kDelta, true, kKeys>;

  struct Arguments {
    KeyInputs inputs;
    ChunkSequences sequences;
    int H;
    Rows rows[4];                           // v, d_o, e, dsa: [B,T,H or Hkv,N] bf16
    const float *states, *state_gradients;  // S, E: [groups,H,N value,N key]
    Rows dr, dlw, dk;                       // [B,T,H,N], dk per head
    Rows dkk, da;                           // of wkv7 alone
  };

  struct Shared {
    uint32_t states[kGroupChunks][kWarps][kValueTiles][kTileWords];  // S before each chunk, [key,value]
    uint32_t rows[kNumRows][kValueTiles][kTileWords];                // of one chunk, [token,value]
    uint32_t matrices[kMatrices][kTileWords];                        // [t,s]
    Decays<kKeys> decays;
  };

  struct State {
    Acc tile[kValueTiles];  // S, then E: [key,value]
  };

  /// What a block works on, and its current chunk.
  struct Place {
    ChunkSequence sequence;
    int64_t group;
    int h, first_key;  // of the block
    int64_t begin;     // first token
    int num_tokens;
  };

  /// [key,token], of one warp and chunk.
  struct Sums {
    Acc dr, dk, dkk, db, dlw;
  };

  /// Block (group * H + h) * kKeyBlocks + key block.
  RADLADS_DEVICE static void run(const Block& block, const Arguments& x, Shared& shared, int64_t item) {
    Place place;
    place.first_key = static_cast<int>(item % kKeyBlocks) * kKeys;
    place.h = static_cast<int>(item / kKeyBlocks % x.H);
    place.group = item / kKeyBlocks / x.H;
    place.sequence = x.sequences.template find<&ChunkSequence::first_group>(place.group);
    const int64_t first_chunk = (place.group - place.sequence.first_group) * kGroupChunks;
    const int64_t rest = chunks_of(place.sequence.length) - first_chunk;
    const int num_chunks = rest < kGroupChunks ? static_cast<int>(rest) : kGroupChunks;

    PerWarp<State, kWarps> states;
    block.for_each_warp([&](int warp) { load_state(x.states, x, place, warp, states[warp]); });
    for (int chunk = 0; chunk < num_chunks; ++chunk) {
      load_chunk(block, x, first_chunk + chunk, place, shared);
      block.barrier();
      block.for_each_warp([&](int warp) {
        advance_state(x, place, shared, shared.states[chunk][warp], warp, states[warp],
                      chunk + 1 < num_chunks);
      });
      block.barrier();
    }
    block.for_each_warp([&](int warp) { load_state(x.state_gradients, x, place, warp, states[warp]); });
    for (int chunk = num_chunks - 1; chunk >= 0; --chunk) {
      load_chunk(block, x, first_chunk + chunk, place, shared);
      block.barrier();
      block.for_each_warp([&](int warp) {
        for (int matrix = warp; matrix < kMatrices; matrix += kWarps) multiply_rows(shared, matrix);
      });
      block.barrier();
      block.for_each_warp(
          [&](int warp) { one_chunk(x, place, shared, shared.states[chunk][warp], warp, states[warp]); });
      block.barrier();
    }
  }

  RADLADS_DEVICE static void load_state(const float* stored, const Arguments& x, const Place& place, int warp,
                                        State& state) {
    const float* source = stored + (place.group * x.H + place.h) * N * N + place.first_key + warp * kTile;
    RADLADS_UNROLL
    for (int j = 0; j < kValueTiles; ++j)
      for_each_element([&](Element i) { state.tile[j][i] = source[(j * kTile + i.column) * N + i.row]; });
  }

  /// The rows and decays of a chunk to shared memory.
  RADLADS_DEVICE static void load_chunk(const Block& block, const Arguments& x, int64_t chunk, Place& place,
                                        Shared& shared) {
    place.begin = place.sequence.begin + chunk * kTile;
    place.num_tokens = tokens_from(chunk * kTile, place.sequence.length);
    sum_decays(block, x.inputs.lw, place.sequence.row, place.begin, place.num_tokens, place.h,
               place.first_key, shared.decays);
    block.for_each_warp([&](int warp) {
      RADLADS_UNROLL
      for (int kind = 0; kind < kNumRows; ++kind) {
        const uint16_t* rows = x.rows[kind].bf16(place.sequence.row, place.begin, place.h);
        RADLADS_UNROLL
        for (int j = warp; j < kValueTiles; j += kWarps) {
          store_tile(shared.rows[kind][j],
                     load_rows(rows + j * kTile, x.rows[kind].stride_t, place.num_tokens));
        }
      }
    });
  }

  RADLADS_DEVICE static Keys load_warp_keys(const Arguments& x, const Place& place, const Shared& shared,
                                            int warp) {
    return load_keys<kDelta, true>(x.inputs, place.sequence.row, place.begin, place.num_tokens, place.h,
                                   place.first_key + warp * kTile, shared.decays, warp * kTile);
  }

  /// X = D X + x u^T + y e^T with x, y [key,token] and rows of the chunk.
  RADLADS_DEVICE static void update(const Shared& shared, const Acc& x, RowKind u, const Acc& y, RowKind e,
                                    int warp, State& state) {
    const Tile first = round_to_tile(x), second = round_to_tile(y);
    Acc decay;
    for_each_element(
        [&](Element i) { decay[i] = power_of_two(shared.decays.sum[kTile][warp * kTile + i.row]); });
    RADLADS_UNROLL
    for (int j = 0; j < kValueTiles; ++j) {
      Acc& X = state.tile[j];
      for_each_element([&](Element i) { X[i] *= decay[i]; });
      multiply(X, first, load_transposed(shared.rows[u][j]));
      if constexpr (kDelta) multiply(X, second, load_transposed(shared.rows[e][j]));
    }
  }

  /// Keeps S before the chunk; then S after it, where somebody needs it.
  RADLADS_DEVICE static void advance_state(const Arguments& x, const Place& place, const Shared& shared,
                                           uint32_t (*kept)[kTileWords], int warp, State& state,
                                           bool is_needed) {
    RADLADS_UNROLL
    for (int j = 0; j < kValueTiles; ++j) store_tile(kept[j], round_to_tile(state.tile[j]));
    if (!is_needed) return;
    const Flows flows = state_flows(load_warp_keys(x, place, shared, warp));
    update(shared, flows.write, kV, flows.write_delta, kE, warp, state);
  }

  /// dA of one kind.
  RADLADS_DEVICE static void multiply_rows(Shared& shared, int matrix) {
    const RowKind z = matrix == kReadKey || matrix == kReadB ? kDo : kDsa;
    const RowKind u = matrix == kReadKey || matrix == kDeltaKey ? kV : kE;
    Acc dA;
    RADLADS_UNROLL
    for (int j = 0; j < kValueTiles; ++j)
      multiply(dA, load_tile(shared.rows[z][j]), load_tile(shared.rows[u][j]));
    store_tile(shared.matrices[matrix], round_to_tile(dA));
  }

  /// The gradients of a chunk from E after it; E before it.
  RADLADS_DEVICE static void one_chunk(const Arguments& x, const Place& place, const Shared& shared,
                                       const uint32_t (*S)[kTileWords], int warp, State& E) {
    const Keys keys = load_warp_keys(x, place, shared, warp);
    Sums sums;
    add_state(keys, shared, S, E, sums);
    for_each_level([&](auto level) { add_level(keys, shared, level, sums); });
    add_level(keys, shared, Level<0>{}, sums);
    store_gradients(x, place, keys, warp, sums);
    const Flows flows = state_flows(keys);
    update(shared, flows.read, kDo, flows.read_delta, kDsa, warp, E);
  }

  /// sum += x [u,t] over the tokens t for which keep(u, t) holds, of x [key,t].
  template <class Keep>
  RADLADS_DEVICE static void add_tokens(Acc& sum, const Acc& x, const Keep& keep) {
    Acc ones;
    for_each_element([&](Element i) { ones[i] = keep(i.row, i.column) ? 1.0f : 0.0f; });
    multiply(sum, round_to_tile(x), round_to_tile(ones));
  }

  /// What goes from S to reads, from writes to E, and from S to E.
  RADLADS_DEVICE static void add_state(const Keys& keys, const Shared& shared,
                                       const uint32_t (*S)[kTileWords], const State& E, Sums& sums) {
    Acc ones;
    for_each_element([&](Element i) { ones[i] = 1.0f; });
    const Tile all = round_to_tile(ones);
    RADLADS_UNROLL
    for (int j = 0; j < kValueTiles; ++j) {
      const Tile s = load_tile(S[j]), e = round_to_tile(E.tile[j]);
      multiply(sums.dr, s, load_tile(shared.rows[kDo][j]));
      multiply(sums.dk, e, load_tile(shared.rows[kV][j]));
      if constexpr (kDelta) {
        multiply(sums.dkk, s, load_tile(shared.rows[kDsa][j]));
        multiply(sums.db, e, load_tile(shared.rows[kE][j]));
      }
      Acc products;
      for_each_element(
          [&](Element i) { products[i] = s[i] * E.tile[j][i] * power_of_two(keys.sum(kTile, i)); });
      multiply(sums.dlw, round_to_tile(products), all);
    }
    Acc reads, delta_reads, writes;
    for_each_element([&](Element i) {
      const float write = keys.write_factor(i, kTile);
      sums.dr[i] *= keys.read_factor(i, 0);
      sums.dk[i] *= write;
      reads[i] = keys.scaled_r(i) * sums.dr[i];
      writes[i] = keys.k[i] * keys.key_factor(i) * sums.dk[i];
      if constexpr (kDelta) {
        sums.dkk[i] *= keys.delta_factor(i, 0);
        sums.db[i] *= write;
        delta_reads[i] = keys.kk[i] * sums.dkk[i];
        writes[i] += keys.b(i) * sums.db[i];
      }
    });
    add_tokens(sums.dlw, reads, [](int u, int t) { return t >= u; });
    add_tokens(sums.dlw, writes, [](int u, int t) { return t < u; });
    if constexpr (kDelta) add_tokens(sums.dlw, delta_reads, [](int u, int t) { return t > u; });
  }

  /// What goes from writes to reads at a level.
  template <class AtLevel>
  RADLADS_DEVICE static void add_level(const Keys& keys, const Shared& shared, const AtLevel& level,
                                       Sums& sums) {
    constexpr bool kOwn = AtLevel::kBlock == 1;
    const Flows flows = scaled_flows(keys, level);
    const auto load = [&](Matrix matrix) {
      return masked(load_tile(shared.matrices[matrix]),
                    [](Element i) { return AtLevel::pairs(i.row, i.column); });
    };
    const auto transpose = [&](Matrix matrix) {
      return masked(load_transposed(shared.matrices[matrix]),
                    [](Element i) { return AtLevel::pairs(i.column, i.row); });
    };
    Sums part;
    const Tile write = round_to_tile(flows.write), read = round_to_tile(flows.read);
    multiply(part.dr, write, load(kReadKey));
    multiply(part.dk, read, transpose(kReadKey));
    if constexpr (kDelta) {
      const Tile write_delta = round_to_tile(flows.write_delta), read_delta = round_to_tile(flows.read_delta);
      multiply(part.dr, write_delta, load(kReadB));
      multiply(part.db, read, transpose(kReadB));
      if constexpr (!kOwn) {
        multiply(part.dkk, write, load(kDeltaKey));
        multiply(part.dkk, write_delta, load(kDeltaB));
        multiply(part.dk, read_delta, transpose(kDeltaKey));
        multiply(part.db, read_delta, transpose(kDeltaB));
      }
    }
    Acc flow, delta_reads;
    for_each_element([&](Element i) {
      const int token = keys.token(i), reference = AtLevel::reference(token);
      if (AtLevel::reads(token)) {
        part.dr[i] *= kOwn ? 1.0f : keys.read_factor(i, reference);
        sums.dr[i] += part.dr[i];
        flow[i] = keys.scaled_r(i) * part.dr[i];
        if constexpr (kDelta && !kOwn) {
          part.dkk[i] *= keys.delta_factor(i, reference);
          sums.dkk[i] += part.dkk[i];
          delta_reads[i] = keys.kk[i] * part.dkk[i];
        }
      }
      if (AtLevel::writes(token)) {
        const float factor = kOwn ? 1.0f : keys.write_factor(i, reference);
        part.dk[i] *= factor;
        sums.dk[i] += part.dk[i];
        flow[i] = keys.k[i] * keys.key_factor(i) * part.dk[i];
        if constexpr (kDelta) {
          part.db[i] *= factor;
          sums.db[i] += part.db[i];
          flow[i] += keys.b(i) * part.db[i];
        }
      }
    });
    if constexpr (!kOwn) {
      // Within half a block: reads at u or later, writes before u.
      constexpr int kHalf = AtLevel::kBlock / 2;
      add_tokens(sums.dlw, flow,
                 [](int u, int t) { return u / kHalf == t / kHalf && (AtLevel::reads(u) ? t >= u : t < u); });
      if constexpr (kDelta)
        add_tokens(sums.dlw, delta_reads, [](int u, int t) { return u / kHalf == t / kHalf && t > u; });
    }
  }

  /// From the gradients of scaled r, k' and b to those of the inputs.
  RADLADS_DEVICE static void store_gradients(const Arguments& x, const Place& place, const Keys& keys,
                                             int warp, Sums& sums) {
    Acc da;
    for_each_element([&](Element i) {
      const float d_factor = keys.balance ? sums.dk[i] * keys.k[i] : 0.0f;
      sums.dr[i] *= keys.scale;
      sums.dlw[i] -= keys.decay(i) * d_factor;
      sums.dk[i] *= keys.key_factor(i);
      if constexpr (kDelta) {
        da[i] = sums.db[i] * keys.kk[i] + d_factor;
        sums.dkk[i] += sums.db[i] * keys.a[i];
      }
    });
    const auto store = [&](const Acc& gradient, const Rows& output) {
      store_output_transposed(gradient, output, place.sequence.row, place.begin, place.h,
                              place.first_key + warp * kTile, place.num_tokens);
    };
    store(sums.dr, x.dr);
    store(sums.dlw, x.dlw);
    store(sums.dk, x.dk);
    if constexpr (kDelta) {
      store(sums.dkk, x.dkk);
      store(da, x.da);
    }
  }
};

}  // namespace radlads::kernels::cuda
