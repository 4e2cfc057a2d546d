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

/// A thread's share of filling `rows` tokens of a tile with those from `first` of a sequence, key channels
/// from first_channel. Behind the first n tokens lie tokens that change neither a state nor its gradient;
/// channels past N are 0.
template <bool kDelta, int kWidth>
RADLADS_DEVICE void load_tokens(const WkvInputs& x, const Sequence& sequence, int64_t h, int64_t first, int n,
                                int rows, int64_t first_channel, const TokenTile<kDelta, kWidth>& tile,
                                int thread, int num_threads) {
  const HeadRows r_rows(x.r, sequence, h, x.H), lw_rows(x.lw, sequence, h, x.H),
      k_rows(x.k, sequence, h, x.H), kk_rows(x.kk, sequence, h, x.H), a_rows(x.a, sequence, h, x.H);
  for (int e = thread; e < rows * kWidth; e += num_threads) {
    const int t = e / kWidth, i = e % kWidth;
    const int64_t channel = first_channel + i;
    float r = 0, w = t < n ? 0 : 1, k = 0, kk = 0, b = 0;
    if (t < n && channel < x.N) {
      r = r_rows(first + t, channel);
      w = lw_rows(first + t, channel);
      k = k_rows(first + t, channel);
      if constexpr (kDelta) {
        kk = kk_rows(first + t, channel);
        b = a_rows(first + t, channel);
      }
      w = std::exp(w);
      k *= key_factor<kDelta>(x.balance, w, b);
      b *= kk;
    }
    tile.vector(t, kR)[i] = r;
    tile.vector(t, kW)[i] = w;
    tile.vector(t, kK)[i] = k;
    if constexpr (kDelta) {
      tile.vector(t, kKk)[i] = kk;
      tile.vector(t, kB)[i] = b;
    }
  }
}

}  // namespace radlads::kernels::cuda
