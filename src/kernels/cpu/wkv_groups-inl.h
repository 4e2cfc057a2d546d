// wkv6's forward pass: a part of the state stays in registers during a whole chunk. For the tokens 1
// to 4 of a group,
//
//   o_t = (r_t w_t ... w_1) S + sum_s A[t,s] v_s,  A[t,s] = sum_j r_t[j] k_s[j] w_{s+1}[j] ... w_t[j],
//   S  <- (w_4 ... w_1) S + sum_s (k_s w_{s+1} ... w_4) v_s^T,
//
// so that four tokens cost each element of the state 4 multiply-adds, a multiplication and 4 multiply-adds,
// instead of 12 operations token by token; more tokens in a group save little more, and A grows with
// their square. Every factor is at most 1.
#if defined(RADLADS_KERNELS_CPU_WKV_GROUPS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RADLADS_KERNELS_CPU_WKV_GROUPS_INL_H_
#undef RADLADS_KERNELS_CPU_WKV_GROUPS_INL_H_
#else
#define RADLADS_KERNELS_CPU_WKV_GROUPS_INL_H_
#endif

#include "kernels/cpu/wkv_chunk-inl.h"

HWY_BEFORE_NAMESPACE();
namespace radlads::kernels::cpu::HWY_NAMESPACE {

/// What the registers keep at once: rows and vectors of the state, and as many vectors for some tokens.
inline constexpr bool kManyRegisters = HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON;
inline constexpr int kBlockRows = kManyRegisters ? 8 : 4;
inline constexpr int kBlockVectors = 2;
inline constexpr int kBlockTokens = kManyRegisters ? kWkvGroup : 2;

/// Where A[t,s] is among a group's products.
constexpr int64_t product_index(int64_t t, int64_t s) { return t * (t + 1) / 2 + s; }

/// The `count` tokens from t on as group number `group` of the chunk. Tokens that do not exist read and write
/// nothing.
template <bool kF32, class Size>
HWY_INLINE void load_group(Size N, const WkvHead& head, int64_t t, int64_t count, int64_t group,
                           const WkvGroupScratch& to) {
  const Floats d;
  const int64_t padded = wkv_padded(N);
  VF sums[2][kWkvRows];
  HWY_UNROLL(8)
  for (int64_t i = 0; i < kWkvRows; ++i) sums[0][i] = sums[1][i] = hn::Zero(d);
  for (int64_t j = 0; j < padded; j += kFloatLanes) {
    float* reads = to.reads + group * kWkvGroup * padded + j;
    float* writes = to.writes + group * kWkvGroup * padded + j;
    VF w[kWkvGroup], r[kWkvGroup], k[kWkvGroup];
    HWY_UNROLL(4)
    for (int64_t i = 0; i < kWkvGroup; ++i) {
      w[i] = hn::Set(d, 1.0f), r[i] = k[i] = hn::Zero(d);
      if (i >= count) continue;
      w[i] = exp(load_row<kF32>(head.lw, t + i, j, N));
      r[i] = hn::Mul(load_row<kF32>(head.r, t + i, j, N), hn::Set(d, head.scale));
      k[i] = load_row<kF32>(head.k, t + i, j, N);
      if (head.balance) k[i] = hn::Mul(k[i], balance_factor<false>(w[i], hn::Zero(d)));
    }
    constexpr int64_t kLast = kWkvGroup - 1;
    VF decay = w[kLast];
    hn::Store(k[kLast], d, writes + kLast * padded);
    HWY_UNROLL(4)
    for (int64_t i = kLast - 1; i >= 0; --i) {
      hn::Store(hn::Mul(k[i], decay), d, writes + i * padded);
      decay = hn::Mul(decay, w[i]);
    }
    hn::Store(decay, d, to.decays + group * padded + j);
    HWY_UNROLL(4)
    for (int64_t i = 0; i < kWkvGroup; ++i) {
      HWY_UNROLL(4)
      for (int64_t s = i; s >= 0; --s) {
        const int64_t n = product_index(i, s);
        sums[n / kWkvRows][n % kWkvRows] = hn::MulAdd(r[i], k[s], sums[n / kWkvRows][n % kWkvRows]);
        r[i] = hn::Mul(r[i], w[s]);
      }
      hn::Store(r[i], d, reads + i * padded);
    }
  }
  sums_of_lanes(sums[0], to.products + group * kWkvGroupProducts);
  sums_of_lanes(sums[1], to.products + group * kWkvGroupProducts + kWkvRows);
}

/// The `length` tokens from t on. Returns the number of groups.
template <class Size>
HWY_NOINLINE int64_t load_groups(Size N, const WkvHead& head, int64_t t, int64_t length,
                                 const WkvGroupScratch& to) {
  int64_t group = 0;
  for (int64_t begin = 0; begin < length; begin += kWkvGroup, ++group) {
    const bool usual = head.is_f32 && length - begin >= kWkvGroup;
    usual ? load_group<true>(N, head, t + begin, kWkvGroup, group, to)
          : load_group<false>(N, head, t + begin, length - begin, group, to);
  }
  return group;
}

template <int kVectors, class Vectors>
HWY_INLINE void load_vectors(const float* from, Vectors& to) {
  HWY_UNROLL(2)
  for (int c = 0; c < kVectors; ++c) to[c] = hn::Load(Floats(), from + c * kFloatLanes);
}

/// Rows j ... and kVectors vectors of columns of the state through all groups. o: the contribution of those
/// rows, added to that of the rows before; the first ones begin with A v. state, v, o: their first column.
template <int kVectors, class Size>
HWY_NOINLINE void advance_block(Size N, const WkvGroupScratch& scratch, int64_t groups, int64_t j,
                                float* state, const float* v, float* o) {
  const Floats d;
  const int64_t padded = wkv_padded(N);
  const float *reads = scratch.reads + j, *writes = scratch.writes + j, *decays = scratch.decays + j;
  const float* A = scratch.products;
  state += j * padded;
  VF S[kBlockRows][kVectors];
  HWY_UNROLL(8)
  for (int i = 0; i < kBlockRows; ++i) load_vectors<kVectors>(state + i * padded, S[i]);
  for (int64_t group = 0; group < groups; ++group) {
    HWY_UNROLL(2)
    for (int64_t first = 0; first < kWkvGroup; first += kBlockTokens) {
      VF sums[kBlockTokens][kVectors];
      HWY_UNROLL(4)
      for (int64_t t = 0; t < kBlockTokens; ++t) {
        HWY_UNROLL(2)
        for (int c = 0; c < kVectors; ++c) {
          float* out = o + (first + t) * padded + c * kFloatLanes;
          if (j > 0) {
            sums[t][c] = hn::Load(d, out);
            continue;
          }
          sums[t][c] = hn::Zero(d);
          HWY_UNROLL(4)
          for (int64_t s = 0; s <= first + t; ++s) {
            sums[t][c] = hn::MulAdd(hn::Set(d, A[product_index(first + t, s)]),
                                    hn::Load(d, v + s * padded + c * kFloatLanes), sums[t][c]);
          }
        }
      }
      HWY_UNROLL(8)
      for (int i = 0; i < kBlockRows; ++i) {
        HWY_UNROLL(4)
        for (int64_t t = 0; t < kBlockTokens; ++t) {
          const VF r = hn::Set(d, reads[(first + t) * padded + i]);
          HWY_UNROLL(2)
          for (int c = 0; c < kVectors; ++c) sums[t][c] = hn::MulAdd(r, S[i][c], sums[t][c]);
        }
      }
      HWY_UNROLL(4)
      for (int64_t t = 0; t < kBlockTokens; ++t) {
        HWY_UNROLL(2)
        for (int c = 0; c < kVectors; ++c)
          hn::Store(sums[t][c], d, o + (first + t) * padded + c * kFloatLanes);
      }
    }
    HWY_UNROLL(2)
    for (int64_t first = 0; first < kWkvGroup; first += kBlockTokens) {
      VF values[kBlockTokens][kVectors];
      HWY_UNROLL(4)
      for (int64_t t = 0; t < kBlockTokens; ++t) load_vectors<kVectors>(v + (first + t) * padded, values[t]);
      HWY_UNROLL(8)
      for (int i = 0; i < kBlockRows; ++i) {
        HWY_UNROLL(2)
        for (int c = 0; c < kVectors; ++c) {
          if (first == 0) S[i][c] = hn::Mul(hn::Set(d, decays[i]), S[i][c]);
          HWY_UNROLL(4)
          for (int64_t t = 0; t < kBlockTokens; ++t)
            S[i][c] = hn::MulAdd(hn::Set(d, writes[(first + t) * padded + i]), values[t][c], S[i][c]);
        }
      }
    }
    reads += kWkvGroup * padded, writes += kWkvGroup * padded, decays += padded, A += kWkvGroupProducts;
    v += kWkvGroup * padded, o += kWkvGroup * padded;
  }
  HWY_UNROLL(8)
  for (int i = 0; i < kBlockRows; ++i) {
    HWY_UNROLL(2)
    for (int c = 0; c < kVectors; ++c) hn::Store(S[i][c], d, state + i * padded + c * kFloatLanes);
  }
}

/// The chunk of the `length` tokens from t on: the state and o, [chunk,padded N] in scratch memory. The next
/// chunk's inputs are prefetched between the blocks.
template <class Size>
HWY_INLINE void advance_groups(Size N, const WkvHead& head, int64_t t, int64_t length, WkvColumns columns,
                               const Prefetch& prefetch, const WkvForwardScratch& scratch) {
  constexpr int64_t kTokens = kChunk<false>;
  const int64_t groups = load_groups(N, head, t, length, scratch.groups);
  const float* values = scratch.state + wkv_padded(N) * wkv_padded(N);
  const int64_t width = kBlockVectors * kFloatLanes;
  const int64_t blocks = (columns.end - columns.begin + width - 1) / width * (N / kBlockRows);
  int64_t block = 0, column = columns.begin;
  const auto take = [&](auto vectors) HWY_ATTR {
    constexpr int kVectors = decltype(vectors)::value;
    for (; column + kVectors * kFloatLanes <= columns.end; column += kVectors * kFloatLanes) {
      for (int64_t j = 0; j < N; j += kBlockRows, ++block) {
        for (int64_t token = block * kTokens / blocks; token < (block + 1) * kTokens / blocks; ++token)
          prefetch.fetch_token(N, t + kTokens + token);
        advance_block<kVectors>(N, scratch.groups, groups, j, scratch.state + column, values + column,
                                scratch.outputs + column);
      }
    }
  };
  take(std::integral_constant<int, kBlockVectors>());
  take(std::integral_constant<int, 1>());
}

}  // namespace radlads::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard
