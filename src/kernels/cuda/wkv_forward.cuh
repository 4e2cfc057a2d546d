// Forward pass of wkv6 and wkv7, token by token (equation: kernels/wkv_form.h).
//
// A block is a head of a sequence and up to 64 of its value channels: they are independent. A thread
// is a value channel j and keeps its state S[:,j], kN key channels, in registers (past 128 partly in local
// memory). Shared memory holds the vectors of 16 tokens, so that threads synchronize once per 16 tokens; all
// threads read the same address of them. Arithmetic is float32.
//
// A token and head costs 5 N^2 multiply-adds (wkv6: 3 N^2) and reads and writes 7 N elements (wkv6: 5 N),
// with checkpoints also N^2 / 16 + N floats.
#pragma once

#include "kernels/cuda/wkv_columns.cuh"
#include "kernels/cuda/wkv_tokens.cuh"

namespace radlads::kernels::cuda {

struct WkvForwardArgs {
  WkvInputs x;
  WkvOutputs y;
  Checkpoints<float> checkpoints;
};

/// kN: 32, 64, 128 or 256, at least N.
template <bool kDelta, int kN>
struct WkvForward {
  using Args = WkvForwardArgs;
  using Tile = TokenTile<kDelta, kN>;

  static constexpr const char* kName = kDelta ? "wkv7_forward" : "wkv6_forward";
  static constexpr int kThreads = kColumnThreads<kN>;

  static int64_t num_blocks(const Args& args) { return ValueBlock::count(args.x, kThreads); }

  /// The tile, and v [kChunk,kThreads].
  static int64_t shared_floats(const Args&) { return Tile::num_floats(kChunk) + kChunk * kThreads; }

  template <class Block>
  RADLADS_DEVICE static void run(Block& block, const Args& args) {
    const WkvInputs& x = args.x;
    const ValueBlock at(x, kThreads, block.index());
    const int64_t state = state_offset(x, at.sequence, at.h);
    const Tile tile{block.shared()};
    float* const values = block.shared() + Tile::num_floats(kChunk);

    auto S = block.template per_thread<Row<kN>>();
    block.for_each_thread([&](int thread) {
      load_column<kDelta>(x.s0 == nullptr ? nullptr : x.s0 + state, x.N, at.first_channel + thread,
                          S[thread]);
    });
    for (int64_t index = 0; index * kChunk < at.sequence.length; ++index) {
      const Chunk chunk(index, at.sequence.length);
      block.for_each_thread([&](int thread) { load(args, at, chunk, thread, S[thread], tile, values); });
      block.for_each_thread([&](int thread) {
        if (at.first_channel + thread < x.N) compute(args, at, chunk, thread, tile, values, S[thread]);
      });
    }
    if (args.y.sT == nullptr) return;
    block.for_each_thread([&](int thread) {
      store_column<kDelta>(S[thread], x.N, at.first_channel + thread, args.y.sT + state);
    });
  }

 private:
  /// A thread's share of a chunk's vectors, and its part of the checkpoint.
  RADLADS_DEVICE static void load(const Args& args, const ValueBlock& at, const Chunk& chunk, int thread,
                                  const Row<kN>& S, const Tile& tile, float* values) {
    const WkvInputs& x = args.x;
    const int64_t j = at.first_channel + thread;
    load_tokens<kLoads<kN>>(x, at.sequence, at.h, chunk.first, chunk.n, chunk.n, 0, tile, thread, kThreads);
    load_channel<kLoads<kN>>(HeadRows(x.v, at.sequence, at.h, x.H), x.N, chunk.first, chunk.n, chunk.n, j,
                             1.0f, values + thread, kThreads);
    if (args.checkpoints.states == nullptr || j >= x.N) return;
    const int64_t offset = chunk_offset(x, at.sequence, chunk.index, at.h) + j * x.N;
    store_checkpoint(S, x.N, args.checkpoints.states + offset);
  }

  /// All tokens of a chunk, for a thread's value channel.
  RADLADS_DEVICE static void compute(const Args& args, const ValueBlock& at, const Chunk& chunk, int thread,
                                     const Tile& tile, const float* values, Row<kN>& S) {
    const WkvInputs& x = args.x;
    const int64_t j = at.first_channel + thread;
    const HeadRows o(args.y.o, at.sequence, at.h, x.H), sa_rows(args.checkpoints.sa, at.sequence, at.h, x.H);
    for (int t = 0; t < chunk.n; ++t) {
      float sa = 0;
      const float sum = step(tile, t, values[t * kThreads + thread], S, sa);
      o.store(chunk.first + t, j, x.scale * sum);
      if (kDelta && args.checkpoints.states != nullptr) sa_rows.store(chunk.first + t, j, sa);
    }
  }

  /// Advances a value channel's state by a token; returns S^T r and sets sa.
  RADLADS_DEVICE static float step(const Tile& tile, int t, float v, Row<kN>& S, float& sa) {
    if constexpr (kDelta) sa = dot(S, tile.vector(t, kKk));
    Float4 sum{};
    RADLADS_UNROLL
    for (int i = 0; i < kN; i += 4) {
      const Float4 r = load4(tile.vector(t, kR) + i), w = load4(tile.vector(t, kW) + i),
                   k = load4(tile.vector(t, kK) + i);
      Float4 b{};
      if constexpr (kDelta) b = load4(tile.vector(t, kB) + i);
      RADLADS_UNROLL
      for (int q = 0; q < 4; ++q) {
        float& s = S.x[i + q];
        s = w.x[q] * s + k.x[q] * v;
        if constexpr (kDelta) s -= b.x[q] * sa;
        sum.x[q] += r.x[q] * s;
      }
    }
    return sum.x[0] + sum.x[1] + (sum.x[2] + sum.x[3]);
  }
};

}  // namespace radlads::kernels::cuda
