// The key side of a chunk: a warp's 16 key channels of r, k, kk and a over 16 tokens, and their decays.
//
// A read by token t of what token s wrote decays by D(s->t') = prod_{s<u<=t'} w_u, with t' = t for r and
// t - 1 for kk. For the tensor cores this is a factor of the read times one of the write, both relative to
// the middle of the chunk: x D(middle->t') and y / D(middle->s). On one side of the middle they are above 1,
// up to e^64 for the strongest decay that counts (kLowestLogDecay).
#pragma once

#include "kernels/cuda/chunk/arguments.h"

namespace radlads::kernels::cuda::chunk {

/// A decay below e^-8 in one token counts as e^-8. What remains of such a write is 3e-4, less than the
/// rounding of operands, and the factors stay within the range of bfloat16.
inline constexpr float kLowestLogDecay = -8.0f;
inline constexpr float kLog2E = 1.4426950408889634f;

/// The decay of each key channel from the middle of the chunk to after `t` of its tokens, and the inverse. In
/// shared memory; rows are padded against bank conflicts.
template <int kKeys>
struct Decays {
  float from_middle[kTile + 1][kKeys + 4];
  float to_middle[kTile + 1][kKeys + 4];

  /// What one of 2 kKeys threads does: both tables of each channel. log_decay(t, channel): of token t; tokens
  /// from num_tokens on do not decay.
  template <class LogDecay>
  RADLADS_DEVICE void set(int thread, int num_tokens, const LogDecay& log_decay) {
    const int channel = thread % kKeys;
    const float sign = thread < kKeys ? kLog2E : -kLog2E;
    float sums[kTile + 1];
    sums[0] = 0;
    RADLADS_UNROLL
    for (int t = 0; t < kTile; ++t) {
      const float lw = t < num_tokens ? log_decay(t, channel) : 0.0f;
      sums[t + 1] = sums[t] + (lw > kLowestLogDecay ? lw : kLowestLogDecay) * sign;
    }
    auto* table = thread < kKeys ? from_middle : to_middle;
    RADLADS_UNROLL
    for (int t = 0; t <= kTile; ++t) table[t][channel] = power_of_two(sums[t] - sums[kTile / 2]);
  }

  /// D of the whole chunk.
  RADLADS_DEVICE float whole(int channel) const {
    return to_middle[0][channel] * from_middle[kTile][channel];
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
  RADLADS_DEVICE int key(Element i) const { return first_key + (kKeyRows ? i.row : i.column); }

  // The factors, relative to the middle, of a token's read by r, its read by kk (without its own decay), and
  // its writes.
  RADLADS_DEVICE float read_factor(Element i) const { return decays->from_middle[token(i) + 1][key(i)]; }
  RADLADS_DEVICE float delta_factor(Element i) const { return decays->from_middle[token(i)][key(i)]; }
  RADLADS_DEVICE float write_factor(Element i) const { return decays->to_middle[token(i) + 1][key(i)]; }

  // Decay from the chunk's begin to its middle, from there to its end, and both.
  RADLADS_DEVICE float first_half(Element i) const { return decays->to_middle[0][key(i)]; }
  RADLADS_DEVICE float second_half(Element i) const { return decays->from_middle[kTile][key(i)]; }
  RADLADS_DEVICE float whole(Element i) const { return decays->whole(key(i)); }

  /// w
  RADLADS_DEVICE float decay(Element i) const {
    return decays->from_middle[token(i) + 1][key(i)] * decays->to_middle[token(i)][key(i)];
  }
  RADLADS_DEVICE float scaled_r(Element i) const { return scale * r[i]; }
  RADLADS_DEVICE float b(Element i) const { return kk[i] * a[i]; }

  /// k' / k
  RADLADS_DEVICE float key_factor(Element i) const {
    if (!balance) return 1.0f;
    return 1.0f - decay(i) + (kDelta ? a[i] : 0.0f);
  }
  /// k'
  RADLADS_DEVICE float scaled_k(Element i) const { return balance ? k[i] * key_factor(i) : k[i]; }
};

/// The key channels from `channel` on, which are those from first_key on of decays.
template <bool kDelta, int kKeys>
RADLADS_DEVICE KeyTile<kDelta, false, kKeys> load_keys(const KeyInputs& inputs, const ChunkPlace& place,
                                                       int channel, const Decays<kKeys>& decays,
                                                       int first_key) {
  const auto load = [&](const Rows& x) {
    return load_rows(x.bf16(place) + channel, x.stride_t, place.num_tokens);
  };
  KeyTile<kDelta, false, kKeys> keys;
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

template <bool kDelta, int kKeys>
RADLADS_DEVICE KeyTile<kDelta, true, kKeys> transposed(const KeyTile<kDelta, false, kKeys>& x) {
  KeyTile<kDelta, true, kKeys> keys;
  keys.r = transposed(x.r);
  keys.k = transposed(x.k);
  if constexpr (kDelta) {
    keys.kk = transposed(x.kk);
    keys.a = transposed(x.a);
  }
  keys.decays = x.decays;
  keys.first_key = x.first_key;
  keys.balance = x.balance;
  keys.scale = x.scale;
  return keys;
}

/// The reads by r and kk and the writes of k' and b of all tokens.
struct Flows {
  Acc r, kk, k, b;
};

/// Relative to the middle of the chunk.
template <bool kDelta, bool kKeyRows, int kKeys>
RADLADS_DEVICE Flows middle_flows(const KeyTile<kDelta, kKeyRows, kKeys>& x) {
  Flows flows;
  for_each_element([&](Element i) {
    const float write = x.write_factor(i);
    flows.r[i] = x.scaled_r(i) * x.read_factor(i);
    flows.k[i] = x.scaled_k(i) * write;
    if constexpr (kDelta) {
      flows.kk[i] = x.kk[i] * x.delta_factor(i);
      flows.b[i] = x.b(i) * write;
    }
  });
  return flows;
}

/// Of the state before the chunk, and to that after it.
template <bool kDelta, bool kKeyRows, int kKeys>
RADLADS_DEVICE Flows state_flows(const KeyTile<kDelta, kKeyRows, kKeys>& x) {
  Flows flows = middle_flows(x);
  for_each_element([&](Element i) {
    flows.r[i] *= x.first_half(i);
    flows.k[i] *= x.second_half(i);
    if constexpr (kDelta) {
      flows.kk[i] *= x.first_half(i);
      flows.b[i] *= x.second_half(i);
    }
  });
  return flows;
}

}  // namespace radlads::kernels::cuda::chunk
