// The vectors over key channels that the steps of a chunk share, in shared memory: what is computed once for
// all value channels of a head.
#pragma once

#include <cmath>

#include "kernels/cuda/wkv_sequence.cuh"

namespace radlads::kernels::cuda {

/// r, w = e^lw, k', and for wkv7 kk, b = kk * a.
enum TokenVector { kR, kW, kK, kKk, kB };

/// [tokens,vectors,kWidth] floats.
template <bool kDelta, int kWidth>
struct TokenTile {
  static constexpr int kVectors = kDelta ? 5 : 3;

  float* memory;  // 16-byte aligned

  static constexpr int num_floats(int tokens) { return tokens * kVectors * kWidth; }

  RADLADS_DEVICE float* vector(int t, TokenVector which) const {
    return memory + (t * kVectors + which) * kWidth;
  }
};

/// The factor of k in k'.
template <bool kDelta>
RADLADS_DEVICE float key_factor(bool balance, float w, float a) {
  if (!balance) return 1;
  return kDelta ? 1 - w + a : 1 - w;
}

/// A token's inputs at one key channel.
struct KeyInputs {
  float r, lw, k, kk, a;
};

/// Key channel i of token t of a tile. A channel that does not exist is 0; a token that does not exist
/// changes neither a state nor its gradient.
template <bool kDelta, int kWidth>
RADLADS_DEVICE void store_token(bool balance, const KeyInputs& in, bool is_token, bool is_channel,
                                const TokenTile<kDelta, kWidth>& tile, int t, int i) {
  const bool exists = is_token && is_channel;
  const float w = std::exp(in.lw);
  tile.vector(t, kR)[i] = exists ? in.r : 0.0f;
  tile.vector(t, kW)[i] = exists ? w : is_token ? 0.0f : 1.0f;
  tile.vector(t, kK)[i] = exists ? in.k * key_factor<kDelta>(balance, w, in.a) : 0.0f;
  if constexpr (kDelta) tile.vector(t, kKk)[i] = exists ? in.kk : 0.0f;
  if constexpr (kDelta) tile.vector(t, kB)[i] = exists ? in.kk * in.a : 0.0f;
}

/// Tokens whose inputs a thread loads at once, of heads of kWidth channels: memory is hundreds of cycles
/// away.
template <int kWidth>
inline constexpr int kLoads = kWidth > 64 ? 4 : 8;

/// Fills `rows` tokens of one value channel, `stride` floats apart, with `scale` times the first n tokens
/// from `first` of a sequence; what comes after them, or is past N, becomes 0.
template <int kBatch>
RADLADS_DEVICE void load_channel(const HeadRows<const void>& in, int64_t N, int64_t first, int n, int rows,
                                 int64_t channel, float scale, float* column, int stride) {
  const int64_t existing = channel < N ? channel : N - 1;
  for (int begin = 0; begin < rows; begin += kBatch) {
    float x[kBatch];
    RADLADS_UNROLL
    for (int u = 0; u < kBatch; ++u) x[u] = in(first + (begin + u < n ? begin + u : n - 1), existing);
    RADLADS_UNROLL
    for (int u = 0; u < kBatch; ++u) {
      const bool exists = begin + u < n && channel < N;
      if (begin + u < rows) column[(begin + u) * stride] = exists ? scale * x[u] : 0.0f;
    }
  }
}

/// A thread's share of filling `rows` tokens of a tile with the first n from `first` of a sequence, key
/// channels from first_channel. What comes after these tokens changes neither a state nor its gradient;
/// channels past N are 0.
template <int kBatch, bool kDelta, int kWidth>
RADLADS_DEVICE void load_tokens(const WkvInputs& x, const Sequence& sequence, int64_t h, int64_t first, int n,
                                int rows, int64_t first_channel, const TokenTile<kDelta, kWidth>& tile,
                                int thread, int num_threads) {
  const HeadRows r(x.r, sequence, h, x.H), lw(x.lw, sequence, h, x.H), k(x.k, sequence, h, x.H),
      kk(x.kk, sequence, h, x.H), a(x.a, sequence, h, x.H);
  for (int i = thread; i < kWidth; i += num_threads) {
    const int64_t channel = first_channel + i, existing = channel < x.N ? channel : x.N - 1;
    for (int begin = 0; begin < rows; begin += kBatch) {
      KeyInputs in[kBatch] = {};
      RADLADS_UNROLL
      for (int u = 0; u < kBatch; ++u) {
        const int64_t t = first + (begin + u < n ? begin + u : n - 1);
        in[u].r = r(t, existing);
        in[u].lw = lw(t, existing);
        in[u].k = k(t, existing);
        if constexpr (kDelta) in[u].kk = kk(t, existing);
        if constexpr (kDelta) in[u].a = a(t, existing);
      }
      RADLADS_UNROLL
      for (int u = 0; u < kBatch; ++u) {
        const int t = begin + u;
        if (t < rows) store_token(x.balance, in[u], t < n, channel < x.N, tile, t, i);
      }
    }
  }
}

}  // namespace radlads::kernels::cuda
