// First part of the backward pass of wkv6 and wkv7: backward through the tokens with D, the gradient of the
// state from what follows. With key channels i and value channels j,
//
//   D_t += scale r_t do_t^T      dv_t = D_t^T k'_t      dsa_t = -D_t^T b_t      D_{t-1} = diag(w_t) D_t +
//   kk_t dsa_t^T
//
// As in the forward pass a thread is a value channel j with D[:,j] in registers, and a block up to 64 of
// them. It leaves dsa for every token and D after every chunk, from which the second part computes the
// gradients over key channels of all chunks at once. A token and head costs 5 N^2 multiply-adds (wkv6: 3 N^2)
// and N^2 / 16 + 3 N floats besides the inputs.
#pragma once

#include "kernels/cuda/wkv_columns.cuh"
#include "kernels/cuda/wkv_tokens.cuh"

namespace radlads::kernels::cuda {

struct WkvValueGradientsArgs {
  WkvInputs x;
  HeadsIn d_o;
  const float* d_sT;
  HeadsOut dv;      // of H heads
  float* ds0;       // may be null
  HeadsOut dsa;     // [B,T,H,N] float32, of wkv7 alone
  float* d_states;  // [chunk slots,H,N,N] value-major, as Checkpoints
};

template <bool kDelta, int kN>
struct WkvValueGradients {
  using Args = WkvValueGradientsArgs;
  using Tile = TokenTile<kDelta, kN>;

  static constexpr const char* kName = kDelta ? "wkv7_backward" : "wkv6_backward";
  static constexpr int kThreads = kColumnThreads<kN>;

  static int64_t num_blocks(const Args& args) { return ValueBlock::count(args.x, kThreads); }

  /// The tile, and scale do [kChunk,kThreads].
  static int64_t shared_floats(const Args&) { return Tile::num_floats(kChunk) + kChunk * kThreads; }

  template <class Block>
  RADLADS_DEVICE static void run(Block& block, const Args& args) {
    const WkvInputs& x = args.x;
    const ValueBlock at(x, kThreads, block.index());
    const int64_t state = state_offset(x, at.sequence, at.h);
    const Tile tile{block.shared()};
    float* const upstream = block.shared() + Tile::num_floats(kChunk);

    auto D = block.template per_thread<Row<kN>>();
    block.for_each_thread([&](int thread) {
      const float* const d_sT = args.d_sT == nullptr ? nullptr : args.d_sT + state;
      load_column<kDelta>(d_sT, x.N, at.first_channel + thread, D[thread]);
    });
    for (int64_t index = ceil_div(at.sequence.length, kChunk) - 1; index >= 0; --index) {
      const Chunk chunk(index, at.sequence.length);
      block.for_each_thread([&](int thread) { load(args, at, chunk, thread, D[thread], tile, upstream); });
      block.for_each_thread([&](int thread) {
        if (at.first_channel + thread < x.N) compute(args, at, chunk, thread, tile, upstream, D[thread]);
      });
    }
    if (args.ds0 == nullptr) return;
    block.for_each_thread([&](int thread) {
      store_column<kDelta>(D[thread], x.N, at.first_channel + thread, args.ds0 + state);
    });
  }

 private:
  /// A thread's share of a chunk's vectors, and its part of D after the chunk.
  RADLADS_DEVICE static void load(const Args& args, const ValueBlock& at, const Chunk& chunk, int thread,
                                  const Row<kN>& D, const Tile& tile, float* upstream) {
    const WkvInputs& x = args.x;
    const int64_t j = at.first_channel + thread;
    load_tokens<kLoads<kN>>(x, at.sequence, at.h, chunk.first, chunk.n, chunk.n, 0, tile, thread, kThreads);
    load_channel<kLoads<kN>>(HeadRows(args.d_o, at.sequence, at.h, x.H), x.N, chunk.first, chunk.n, chunk.n,
                             j, x.scale, upstream + thread, kThreads);
    if (j < x.N)
      store_checkpoint(D, x.N, args.d_states + chunk_offset(x, at.sequence, chunk.index, at.h) + j * x.N);
  }

  /// All tokens of a chunk, for a thread's value channel.
  RADLADS_DEVICE static void compute(const Args& args, const ValueBlock& at, const Chunk& chunk, int thread,
                                     const Tile& tile, const float* upstream, Row<kN>& D) {
    const WkvInputs& x = args.x;
    const int64_t j = at.first_channel + thread;
    const HeadRows dv(args.dv, at.sequence, at.h, x.H), dsa(args.dsa, at.sequence, at.h, x.H);
    for (int t = chunk.n - 1; t >= 0; --t) {
      const Gradients g = step(tile, t, upstream[t * kThreads + thread], D);
      dv.store(chunk.first + t, j, g.dv);
      if constexpr (kDelta) dsa.store(chunk.first + t, j, g.dsa);
    }
  }

  struct Gradients {
    float dv, dsa;
  };

  /// D from that of S_t to that of S_{t-1}.
  RADLADS_DEVICE static Gradients step(const Tile& tile, int t, float d_o, Row<kN>& D) {
    Float4 dv{}, db{};
    RADLADS_UNROLL
    for (int i = 0; i < kN; i += 4) {
      const Float4 r = load4(tile.vector(t, kR) + i), k = load4(tile.vector(t, kK) + i);
      Float4 b{};
      if constexpr (kDelta) b = load4(tile.vector(t, kB) + i);
      RADLADS_UNROLL
      for (int q = 0; q < 4; ++q) {
        float& d = D.x[i + q];
        d += r.x[q] * d_o;
        dv.x[q] += d * k.x[q];
        if constexpr (kDelta) db.x[q] += d * b.x[q];
      }
    }
    const float dsa = -(db.x[0] + db.x[1] + (db.x[2] + db.x[3]));
    RADLADS_UNROLL
    for (int i = 0; i < kN; i += 4) {
      const Float4 w = load4(tile.vector(t, kW) + i);
      Float4 kk{};
      if constexpr (kDelta) kk = load4(tile.vector(t, kKk) + i);
      RADLADS_UNROLL
      for (int q = 0; q < 4; ++q) D.x[i + q] = w.x[q] * D.x[i + q] + kk.x[q] * dsa;
    }
    return {dv.x[0] + dv.x[1] + (dv.x[2] + dv.x[3]), dsa};
  }
};

}  // namespace radlads::kernels::cuda
