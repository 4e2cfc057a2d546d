// The key side of a chunk: a warp's 16 key channels of r, k, kk and a over 16 tokens, and their decays.
//
// A read by token t of what token s wrote decays by D(s->t') = prod_{s<u<=t'} w_u, with t' = t for r and
// t - 1 for kk. For the tensor cores the factor of a pair is split at a reference between the two tokens. One
// reference for all pairs would need exponents of both signs, which overflow; instead the pairs fall into
// levels: at level `half` (8, 4, 2, 1) tokens are in blocks of 2 half, and those of a block's second half
// read from its first half with the boundary as the reference. Both factors are then at most 1, whatever
// the decays, and an underflow is one of the product. Level 0 is a token's read of its own write.
#pragma once

#include "kernels/cuda/chunk_arguments.h"

namespace radlads::kernels::cuda {

/// Decays of a token below e^-60 count as e^-60: nothing is left either way, and sums keep their precision.
inline constexpr float kLowestLogDecay = -60.0f;
inline constexpr float kLog2E = 1.4426950408889634f;

/// sum[t][j]: binary logarithm of the decay of key channel j by the chunk's first t tokens. In shared memory;
/// rows are padded against bank conflicts.
template <int kKeys>
struct Decays {
  float sum[kTile + 1][kKeys + 4];
};

RADLADS_DEVICE float load_value(const Rows& x, int64_t b, int64_t t, int h, int n) {
  const char* row = x.data + x.offset(b, t, h);
  return x.is_bf16 ? bf16_to_float(reinterpret_cast<const uint16_t*>(row)[n])
                   : reinterpret_cast<const float*>(row)[n];
}

/// A phase over threads; tokens from num_tokens on do not decay.
template <int kKeys>
RADLADS_DEVICE void sum_decays(const Block& block, const Rows& lw, int64_t row, int64_t begin, int num_tokens,
                               int h, int first_key, Decays<kKeys>& decays) {
  block.for_each_thread([&](int thread) {
    if (thread >= kKeys) return;
    float total = 0;
    decays.sum[0][thread] = 0;
    RADLADS_UNROLL
    for (int t = 0; t < kTile; ++t) {
      if (t < num_tokens) {
        const float log_decay = load_value(lw, row, begin + t, h, first_key + thread);
        total += (log_decay > kLowestLogDecay ? log_decay : kLowestLogDecay) * kLog2E;
      }
      decays.sum[t + 1][thread] = total;
    }
  });
}

/// Who reads from whom at a level.
template <int kHalf>
struct Level {
  static_assert(kHalf == 0 || kHalf == 1 || kHalf == 2 || kHalf == 4 || kHalf == 8);
  static constexpr int kBlock = kHalf == 0 ? 1 : 2 * kHalf;

  RADLADS_SHARED_CONSTANT static constexpr bool reads(int token) {
    return kHalf == 0 || (token & kHalf) != 0;
  }
  RADLADS_SHARED_CONSTANT static constexpr bool writes(int token) {
    return kHalf == 0 || (token & kHalf) == 0;
  }
  RADLADS_SHARED_CONSTANT static constexpr bool pairs(int reader, int writer) {
    return reads(reader) && writes(writer) && reader / kBlock == writer / kBlock;
  }
  /// Row of Decays.
  RADLADS_SHARED_CONSTANT static constexpr int reference(int token) {
    return token / kBlock * kBlock + kHalf;
  }
};

/// Calls body(Level) for each level above 0, from the widest.
template <class Body>
RADLADS_DEVICE void for_each_level(const Body& body) {
  body(Level<8>{});
  body(Level<4>{});
  body(Level<2>{});
  body(Level<1>{});
}

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
  RADLADS_DEVICE float sum(int tokens, Element i) const { return decays->sum[tokens][key(i)]; }

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

  // The factors of a token's read by r, its read by kk and its write, relative to a reference.
  RADLADS_DEVICE float read_factor(Element i, int reference) const {
    return power_of_two(sum(token(i) + 1, i) - sum(reference, i));
  }
  RADLADS_DEVICE float delta_factor(Element i, int reference) const {
    return power_of_two(sum(token(i), i) - sum(reference, i));
  }
  RADLADS_DEVICE float write_factor(Element i, int reference) const {
    return power_of_two(sum(reference, i) - sum(token(i) + 1, i));
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

/// The reads and writes of all tokens, as float32.
struct Flows {
  Acc read, read_delta, write, write_delta;  // by r and kk; of k' and b
};

/// Relative to the boundary of a level; 0 for tokens that do not read or write there.
template <class AtLevel, bool kDelta, bool kKeyRows, int kKeys>
RADLADS_DEVICE Flows scaled_flows(const KeyTile<kDelta, kKeyRows, kKeys>& x, const AtLevel&) {
  Flows flows;
  for_each_element([&](Element i) {
    const int token = x.token(i), reference = AtLevel::reference(token);
    constexpr bool kOwn = AtLevel::kBlock == 1;
    if (AtLevel::reads(token)) {
      flows.read[i] = x.scaled_r(i) * (kOwn ? 1.0f : x.read_factor(i, reference));
      if (kDelta && !kOwn) flows.read_delta[i] = x.kk[i] * x.delta_factor(i, reference);
    }
    if (AtLevel::writes(token)) {
      const float factor = kOwn ? 1.0f : x.write_factor(i, reference);
      flows.write[i] = x.k[i] * x.key_factor(i) * factor;
      if constexpr (kDelta) flows.write_delta[i] = x.b(i) * factor;
    }
  });
  return flows;
}

/// Reads of the state before the chunk and writes to that after it.
template <bool kDelta, bool kKeyRows, int kKeys>
RADLADS_DEVICE Flows state_flows(const KeyTile<kDelta, kKeyRows, kKeys>& x) {
  Flows flows;
  for_each_element([&](Element i) {
    const float factor = x.write_factor(i, kTile);
    flows.read[i] = x.scaled_r(i) * x.read_factor(i, 0);
    flows.write[i] = x.k[i] * x.key_factor(i) * factor;
    if constexpr (kDelta) {
      flows.read_delta[i] = x.kk[i] * x.delta_factor(i, 0);
      flows.write_delta[i] = x.b(i) * factor;
    }
  });
  return flows;
}

}  // namespace radlads::kernels::cuda
