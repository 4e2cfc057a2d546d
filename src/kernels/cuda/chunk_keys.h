// The key side of a chunk: a warp's 16 key channels of r, k, kk and a over 16 tokens, and their decays.
//
// A read by token t of what token s wrote decays by D(s->t') = prod_{s<u<=t'} w_u, with t' = t for r and
// t - 1 for kk. For the tensor cores this is the product of a read's and a write's factor, either relative to
// a reference token of the chunk: reads x D(ref->t'), writes y / D(ref->s). Relative to the middle one of the
// two factors grows with the distance, up to e^64 for the strongest decay that counts (kLowestLogDecay).
#pragma once

#include "kernels/cuda/chunk_arguments.h"

namespace radlads::kernels::cuda {

/// A decay below e^-8 in one token counts as e^-8. What remains of such a write is 3e-4, less than the
/// rounding of operands, and the factors stay within the range of bfloat16.
inline constexpr float kLowestLogDecay = -8.0f;
inline constexpr float kLog2E = 1.4426950408889634f;

/// Rows of Decays that factors are relative to.
enum Reference { kChunkBegin = 0, kChunkMiddle = kTile / 2, kChunkEnd = kTile };

/// sum[t][j]: binary logarithm of the decay of key channel j by the chunk's first t tokens. In shared memory;
/// rows are padded against bank conflicts.
template <int kKeys>
struct Decays {
  float sum[kTile + 1][kKeys + 4];

  /// One thread's part, for one channel. log_decay(t): of token t; tokens from num_tokens on do not decay.
  template <class LogDecay>
  RADLADS_DEVICE void add_up(int channel, int num_tokens, const LogDecay& log_decay) {
    float total = 0;
    sum[0][channel] = 0;
    RADLADS_UNROLL
    for (int t = 0; t < kTile; ++t) {
      const float lw = t < num_tokens ? log_decay(t) : 0.0f;
      total += (lw > kLowestLogDecay ? lw : kLowestLogDecay) * kLog2E;
      sum[t + 1][channel] = total;
    }
  }
};

/// A warp's 16 tokens x 16 key channels; the rows of its tiles are tokens, or key channels where kKeyRows.
template <bool kDelta, bool kKeyRows, int kKeys>
struct KeyTile {
  Tile r, k, kk, a;
  const Decays<kKeys>* decays;
  int first_key;  // of decays
  bool balance;
  float scale;

  RADLADS_DEVICE static int token(Element i) { return kKeyRows ? i.column : i.row; }
  RADLADS_DEVICE float sum(int tokens, Element i) const {
    return decays->sum[tokens][first_key + (kKeyRows ? i.row : i.column)];
  }

  // What becomes of x at a token: D(from->token), without the token's own decay, and 1 / D(to->token).
  RADLADS_DEVICE float read_factor(Element i, Reference from) const {
    return power_of_two(sum(token(i) + 1, i) - sum(from, i));
  }
  RADLADS_DEVICE float delta_factor(Element i, Reference from) const {
    return power_of_two(sum(token(i), i) - sum(from, i));
  }
  RADLADS_DEVICE float write_factor(Element i, Reference to) const {
    return power_of_two(sum(to, i) - sum(token(i) + 1, i));
  }

  /// w
  RADLADS_DEVICE float decay(Element i) const {
    return power_of_two(sum(token(i) + 1, i) - sum(token(i), i));
  }
  RADLADS_DEVICE float scaled_r(Element i) const { return scale * r[i]; }
  RADLADS_DEVICE float b(Element i) const { return kk[i] * a[i]; }

  /// k' / k
  RADLADS_DEVICE float key_factor(Element i) const {
    if (!balance) return 1.0f;
    return 1.0f - decay(i) + (kDelta ? a[i] : 0.0f);
  }
};

template <bool kDelta, bool kKeyRows, int kKeys>
RADLADS_DEVICE KeyTile<kDelta, kKeyRows, kKeys> load_keys(const KeyInputs& inputs, int64_t row, int64_t begin,
                                                          int num_tokens, int h, int first_channel,
                                                          const Decays<kKeys>& decays, int first_key) {
  const auto load = [&](const Rows& x) {
    const Tile tile = load_rows(x.bf16(row, begin, h) + first_channel, x.stride_t, num_tokens);
    return kKeyRows ? transposed(tile) : tile;
  };
  KeyTile<kDelta, kKeyRows, kKeys> keys;
  keys.r = load(inputs.r);
  keys.k = load(inputs.k);
  if constexpr (kDelta) {
    keys.kk = load(inputs.kk);
    keys.a = load(inputs.a);
  }
  keys.decays = &decays;
  keys.first_key = first_key;
  keys.balance = inputs.balance;
  keys.scale = inputs.scale;
  return keys;
}

/// The reads by r and kk and the writes of k' and b of all tokens, relative to a reference.
struct Reads {
  Acc r, kk;
};
struct Writes {
  Acc k, b;
};

template <bool kDelta, bool kKeyRows, int kKeys>
RADLADS_DEVICE Reads scaled_reads(const KeyTile<kDelta, kKeyRows, kKeys>& x, Reference from) {
  Reads reads;
  for_each_element([&](Element i) {
    reads.r[i] = x.scaled_r(i) * x.read_factor(i, from);
    if constexpr (kDelta) reads.kk[i] = x.kk[i] * x.delta_factor(i, from);
  });
  return reads;
}

template <bool kDelta, bool kKeyRows, int kKeys>
RADLADS_DEVICE Writes scaled_writes(const KeyTile<kDelta, kKeyRows, kKeys>& x, Reference to) {
  Writes writes;
  for_each_element([&](Element i) {
    const float factor = x.write_factor(i, to);
    writes.k[i] = x.k[i] * x.key_factor(i) * factor;
    if constexpr (kDelta) writes.b[i] = x.b(i) * factor;
  });
  return writes;
}

}  // namespace radlads::kernels::cuda
