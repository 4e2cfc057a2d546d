// Second part of the backward pass of wkv6 and wkv7: the gradients over key channels, sums over value
// channels j, of each chunk of 16 tokens by itself. From the state S before the chunk and the gradient D of
// the state after it, both kept, with do' = scale do:
//
//   dr_t = S_t do'_t      dw_t = rowsum(D_t * S_{t-1})      dk'_t = D_t v_t
//   db_t = -D_t sa_t      dkk_t = S_{t-1} dsa_t + a_t db_t  da_t = kk_t db_t
//
// A thread is a key channel i, so that nothing is summed across threads, and a block up to 64 of them. It
// takes 32 value channels at a time: S[i,:] is recomputed from the chunk's beginning for four tokens at a
// time and kept for these four, and D goes back through them. Tokens past the chunk's end change nothing.
//
// Shared memory: the tokens' vectors over the block's key channels and their gradients [16,5,64] (wkv6:
// [16,3,64] each), and the vectors over all value channels [16,4,N] (wkv6: [16,2,N]), float32.
// A token and head costs 15 N^2 multiply-adds (wkv6: 9 N^2), and reads N^2 / 8 + 9 N floats or elements (the
// state at a chunk's beginning up to four times, which the caches serve).
#pragma once

#include <algorithm>

#include "kernels/cuda/wkv_tokens.cuh"

namespace radlads::kernels::cuda {

struct WkvKeyGradientsArgs {
  WkvInputs x;
  HeadsIn d_o;
  Checkpoints<const float> checkpoints;
  const float* d_states;  // as the first part left them
  HeadsIn dsa;            // likewise
  HeadsOut dr, dlw, dk;   // of H heads
  HeadsOut dkk, da;       // likewise, of wkv7 alone
  int64_t num_sequences;
};

/// kChannels: 32 or 64, key channels of a block.
template <bool kDelta, int kChannels>
struct WkvKeyGradients {
  using Args = WkvKeyGradientsArgs;
  using Tile = TokenTile<kDelta, kChannels>;

  static constexpr const char* kName = kDelta ? "wkv7_backward" : "wkv6_backward";
  static constexpr int kThreads = kChannels;

  static int64_t num_blocks(const Args& args) {
    return num_chunk_slots(args.x) * args.x.H * ceil_div(args.x.N, kChannels);
  }

  static int64_t shared_floats(const Args& args) {
    return Tile::num_floats(kChunk) + kChunk * (kSums * kChannels + kValues * padded(args.x.N));
  }

  template <class Block>
  RADLADS_DEVICE static void run(Block& block, const Args& args) {
    const WkvInputs& x = args.x;
    const int64_t key_blocks = ceil_div(x.N, kChannels), head = quotient(block.index(), key_blocks);
    const int64_t slot = quotient(head, x.H), h = head - slot * x.H;
    const int64_t first_channel = (block.index() - head * key_blocks) * kChannels;
    const int64_t s = sequence_of_chunk(x, args.num_sequences, slot);
    const Sequence sequence = sequence_at(x, s);
    const int64_t chunk = slot - sequence.first_chunk, first = chunk * kChunk;
    if (first >= sequence.length) return;
    const int n = static_cast<int>(std::min<int64_t>(kChunk, sequence.length - first));

    const Tile keys{block.shared()};
    float* const sums = block.shared() + Tile::num_floats(kChunk);
    float* const values = sums + kChunk * kSums * kChannels;
    block.for_each_thread([&](int thread) {
      load_tokens<kLoads<kChannels>>(x, sequence, h, first, n, kChunk, first_channel, keys, thread, kThreads);
      load_values(args, sequence, first, n, h, values, thread);
      for (int e = 0; e < kChunk * kSums; ++e) sums[e * kChannels + thread] = 0;
    });
    block.for_each_thread([&](int thread) {
      const int64_t i = first_channel + thread;
      if (i >= x.N) return;
      const int64_t states = chunk_offset(x, sequence, chunk, h) + i;
      for (int64_t j = 0; j < x.N; j += kColumns) {
        add_columns(args.checkpoints.states + states, args.d_states + states, x.N, j, n, keys, values, thread,
                    sums + thread);
      }
      write(args, sequence, h, first, n, i, keys, thread, sums + thread);
    });
  }

 private:
  static constexpr int kColumns = 32;  // value channels at a time
  static constexpr int kPiece = 4;     // tokens whose states are kept at once
  enum Value { kV, kDo, kSa, kDsa };
  static constexpr int kValues = kDelta ? 4 : 2;
  enum Sum { kDr, kDw, kDk, kDb, kDkk };
  static constexpr int kSums = kDelta ? 5 : 3;
  using Columns = Row<kColumns>;

  static constexpr int64_t padded(int64_t N) { return ceil_div(N, kColumns) * kColumns; }

  /// [kChunk,kValues,padded N], 0 after the tokens and past N.
  RADLADS_DEVICE static void load_values(const Args& args, const Sequence& sequence, int64_t first, int n,
                                         int64_t h, float* values, int thread) {
    const WkvInputs& x = args.x;
    const int width = static_cast<int>(padded(x.N));
    const auto load = [&](const HeadsIn& in, Value which, float scale) {
      const HeadRows rows(in, sequence, h, x.H);
      for (int j = thread; j < width; j += kThreads)
        load_channel<kChunk>(rows, x.N, first, n, kChunk, j, scale, values + which * width + j,
                             kValues * width);
    };
    load(x.v, kV, 1.0f);
    load(args.d_o, kDo, x.scale);
    if constexpr (kDelta) load(args.checkpoints.sa, kSa, 1.0f);
    if constexpr (kDelta) load(args.dsa, kDsa, 1.0f);
  }

  /// Row i of a value-major state, value channels from j: neighboring threads read neighboring floats.
  RADLADS_DEVICE static Columns load_columns(const float* state, int64_t N, int64_t j) {
    Columns columns;
    RADLADS_UNROLL
    for (int c = 0; c < kColumns; ++c) columns.x[c] = j + c < N ? state[(j + c) * N] : 0.0f;
    return columns;
  }

  /// Adds the share of 32 value channels from j to a thread's sums; state and D begin at its key channel.
  RADLADS_DEVICE static void add_columns(const float* state, const float* d_state, int64_t N, int64_t j,
                                         int n, const Tile& keys, const float* values, int thread,
                                         float* sums) {
    const int width = static_cast<int>(padded(N));
    values += j;
    Columns D = load_columns(d_state, N, j);
    for (int begin = (n - 1) / kPiece * kPiece; begin >= 0; begin -= kPiece) {
      Columns S = load_columns(state, N, j), before[kPiece];
      for (int t = 0; t < begin; ++t) advance(keys, t, thread, values + t * kValues * width, width, S);
      RADLADS_UNROLL
      for (int u = 0; u < kPiece; ++u) {
        const float* const of_token = values + (begin + u) * kValues * width;
        float* const sum = sums + (begin + u) * kSums * kChannels;
        before[u] = S;
        if constexpr (kDelta) sum[kDkk * kChannels] += dot(S, of_token + kDsa * width);
        advance(keys, begin + u, thread, of_token, width, S);
        sum[kDr * kChannels] += dot(S, of_token + kDo * width);
      }
      RADLADS_UNROLL
      for (int u = kPiece - 1; u >= 0; --u) {
        retreat(keys, begin + u, thread, values + (begin + u) * kValues * width, width, before[u], D,
                sums + (begin + u) * kSums * kChannels);
      }
    }
  }

  /// S from before token t to after it.
  RADLADS_DEVICE static void advance(const Tile& keys, int t, int thread, const float* of_token, int width,
                                     Columns& S) {
    const float w = keys.vector(t, kW)[thread], k = keys.vector(t, kK)[thread];
    float b = 0;
    if constexpr (kDelta) b = keys.vector(t, kB)[thread];
    RADLADS_UNROLL
    for (int c = 0; c < kColumns; c += 4) {
      const Float4 v = load4(of_token + kV * width + c);
      Float4 sa{};
      if constexpr (kDelta) sa = load4(of_token + kSa * width + c);
      RADLADS_UNROLL
      for (int q = 0; q < 4; ++q) {
        float& s = S.x[c + q];
        s = w * s + k * v.x[q];
        if constexpr (kDelta) s -= b * sa.x[q];
      }
    }
  }

  /// D from after token t to before it, and the sums with the D of S_t.
  RADLADS_DEVICE static void retreat(const Tile& keys, int t, int thread, const float* of_token, int width,
                                     const Columns& before, Columns& D, float* sum) {
    const float r = keys.vector(t, kR)[thread], w = keys.vector(t, kW)[thread];
    float kk = 0, dw = 0, dk = 0, db = 0;
    if constexpr (kDelta) kk = keys.vector(t, kKk)[thread];
    RADLADS_UNROLL
    for (int c = 0; c < kColumns; c += 4) {
      const Float4 v = load4(of_token + kV * width + c), d_o = load4(of_token + kDo * width + c);
      Float4 sa{}, dsa{};
      if constexpr (kDelta) sa = load4(of_token + kSa * width + c);
      if constexpr (kDelta) dsa = load4(of_token + kDsa * width + c);
      RADLADS_UNROLL
      for (int q = 0; q < 4; ++q) {
        float& d = D.x[c + q];
        d += r * d_o.x[q];
        dw += d * before.x[c + q];
        dk += d * v.x[q];
        if constexpr (kDelta) db -= d * sa.x[q];
        d = w * d + kk * dsa.x[q];
      }
    }
    sum[kDw * kChannels] += dw;
    sum[kDk * kChannels] += dk;
    if constexpr (kDelta) sum[kDb * kChannels] += db;
  }

  /// The gradients of the inputs from those of w, k' and b.
  RADLADS_DEVICE static void write(const Args& args, const Sequence& sequence, int64_t h, int64_t first,
                                   int n, int64_t i, const Tile& keys, int thread, const float* sums) {
    const WkvInputs& x = args.x;
    const HeadRows<void> dr(args.dr, sequence, h, x.H), dlw(args.dlw, sequence, h, x.H),
        dk(args.dk, sequence, h, x.H), dkk(args.dkk, sequence, h, x.H), da(args.da, sequence, h, x.H);
    const HeadRows<const void> k(x.k, sequence, h, x.H), a(x.a, sequence, h, x.H);
    for (int t = 0; t < n; ++t) {
      const float* const sum = sums + t * kSums * kChannels;
      const float w = keys.vector(t, kW)[thread], d_key = sum[kDk * kChannels];
      const float rate = kDelta ? a(first + t, i) : 0.0f;
      const float d_factor = x.balance ? d_key * k(first + t, i) : 0.0f;
      dr.store(first + t, i, sum[kDr * kChannels]);
      dlw.store(first + t, i, w * (sum[kDw * kChannels] - d_factor));
      dk.store(first + t, i, d_key * key_factor<kDelta>(x.balance, w, rate));
      if constexpr (kDelta) {
        const float d_b = sum[kDb * kChannels];
        dkk.store(first + t, i, sum[kDkk * kChannels] + rate * d_b);
        da.store(first + t, i, keys.vector(t, kKk)[thread] * d_b + d_factor);
      }
    }
  }
};

}  // namespace radlads::kernels::cuda
