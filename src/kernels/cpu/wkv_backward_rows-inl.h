// The backward pass of eight rows of the value-major state over a few tokens. Lanes are key channels: the
// gradients of r, w, k', kk and b are sums over rows and are added up in scratch memory block by block; only
// dv and the gradient of sa are sums over lanes. With D = dL/dS_t, which arrives as what later tokens give,
//
//   D += do r^T                     dr  += S_t^T do      (with the states: recompute_rows)
//   dv  = D k'    ds = -D b         dk' += D^T v    dw += columns of D * S_{t-1}    db -= D^T sa
//   D   = D diag(w) + ds kk^T       dkk += S_{t-1}^T ds
#if defined(RADLADS_KERNELS_CPU_WKV_BACKWARD_ROWS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RADLADS_KERNELS_CPU_WKV_BACKWARD_ROWS_INL_H_
#undef RADLADS_KERNELS_CPU_WKV_BACKWARD_ROWS_INL_H_
#else
#define RADLADS_KERNELS_CPU_WKV_BACKWARD_ROWS_INL_H_
#endif

#include "kernels/cpu/wkv_chunk-inl.h"

HWY_BEFORE_NAMESPACE();
namespace radlads::kernels::cpu::HWY_NAMESPACE {

/// Vectors of key channels that are treated at once: they share the broadcasts of the rows' scalars, as far
/// as there are registers.
#if HWY_TARGET <= HWY_AVX3 || HWY_ARCH_ARM_A64
inline constexpr int kGroup = 2;
#else
inline constexpr int kGroup = 1;
#endif

/// Tokens as eight rows see them. The scalars of the rows are the elements 0 .. 7 of v, d_o, sa and dv.
struct RowTokens {
  int64_t length;
  const float* vectors;  // [length][kNumVectors][padded N]
  float* gradients;      // the same
  WkvRows<const float> v, d_o;
  WkvRows<const float> sa;  // of wkv7 alone
  WkvRows<float> dv;
  bool add_dv;    // to what other heads of the group left
  float* states;  // [length][8][padded N], with kStatesPadding: before each token
  float* sums;    // [2][8]
  const Prefetch& prefetch;
  int64_t prefetch_begin;  // the token to fetch with the first one of these
  int64_t block;           // number of these rows, counted in eights
};

/// S_t of one row and one vector of key channels.
template <bool kDelta>
HWY_INLINE VF advance_row(VF s, VF w, VF k, VF b, const float* v, const float* sa) {
  const Floats d;
  s = hn::Mul(s, w);
  if constexpr (kDelta) s = hn::NegMulAdd(hn::Set(d, *sa), b, s);
  return hn::MulAdd(hn::Set(d, *v), k, s);
}

/// Replays the tokens on the key channels j ... of the rows `first` [8][padded N]. With kGradient, keeps the
/// state before each token and adds to dr; else writes the state after the last one to `last` [8][padded N].
template <bool kDelta, bool kGradient, int kVectors, class Size>
HWY_INLINE void recompute_group(Size N, const RowTokens& tokens, const float* first, float* last, int64_t j) {
  const Floats d;
  const int64_t padded = wkv_padded(N);
  VF s[kWkvRows][kVectors], w[kVectors], k[kVectors], b[kVectors], dr[kVectors];
  HWY_UNROLL(8)
  for (int i = 0; i < kWkvRows; ++i)
    for (int c = 0; c < kVectors; ++c) s[i][c] = hn::Load(d, first + i * padded + j + c * kFloatLanes);
  for (int64_t t = 0; t < tokens.length; ++t) {
    const float* x = tokens.vectors + t * kNumVectors<kDelta> * padded + j;
    float* gradient = tokens.gradients + t * kNumVectors<kDelta> * padded + j;
    float* before = tokens.states + t * wkv_states_stride(N) + j;
    const float* v = tokens.v[t];
    const float* sa = kDelta ? tokens.sa[t] : v;
    const float* d_o = tokens.d_o[t];
    for (int c = 0; c < kVectors; ++c) {
      w[c] = hn::Load(d, x + kW * padded + c * kFloatLanes);
      k[c] = hn::Load(d, x + kK * padded + c * kFloatLanes);
      b[c] = kDelta ? hn::Load(d, x + kB * padded + c * kFloatLanes) : k[c];
      if constexpr (kGradient) dr[c] = hn::Load(d, gradient + kR * padded + c * kFloatLanes);
    }
    HWY_UNROLL(8)
    for (int i = 0; i < kWkvRows; ++i) {
      for (int c = 0; c < kVectors; ++c) {
        if constexpr (kGradient) hn::Store(s[i][c], d, before + i * padded + c * kFloatLanes);
        s[i][c] = advance_row<kDelta>(s[i][c], w[c], k[c], b[c], v + i, sa + i);
        if constexpr (kGradient) dr[c] = hn::MulAdd(hn::Set(d, d_o[i]), s[i][c], dr[c]);
      }
    }
    if constexpr (kGradient)
      for (int c = 0; c < kVectors; ++c) hn::Store(dr[c], d, gradient + kR * padded + c * kFloatLanes);
  }
  if constexpr (!kGradient) {
    HWY_UNROLL(8)
    for (int i = 0; i < kWkvRows; ++i)
      for (int c = 0; c < kVectors; ++c) hn::Store(s[i][c], d, last + i * padded + j + c * kFloatLanes);
  }
}

template <bool kDelta, bool kGradient, class Size>
HWY_NOINLINE void recompute_rows(Size N, const RowTokens& tokens, const float* first, float* last) {
  int64_t j = 0;
  for (; j + kGroup * kFloatLanes <= wkv_padded(N); j += kGroup * kFloatLanes)
    recompute_group<kDelta, kGradient, kGroup>(N, tokens, first, last, j);
  for (; j < wkv_padded(N); j += kFloatLanes)
    recompute_group<kDelta, kGradient, 1>(N, tokens, first, last, j);
}

/// With the delta rule, one token's begin on the key channels j ...: D += do r^T; adds to the products D b,
/// whose lanes are still to be summed.
template <int kVectors, class Size>
HWY_INLINE void backward_output(Size N, const RowTokens& tokens, int64_t t, int64_t j, float* HWY_RESTRICT D,
                                VF (&dot_b)[kWkvRows]) {
  const Floats d;
  const int64_t padded = wkv_padded(N);
  const float* HWY_RESTRICT d_o = tokens.d_o[t];
  const float* HWY_RESTRICT x = tokens.vectors + t * kNumVectors<true> * padded + j;
  VF r[kVectors], b[kVectors];
  for (int c = 0; c < kVectors; ++c) {
    r[c] = hn::Load(d, x + kR * padded + c * kFloatLanes);
    b[c] = hn::Load(d, x + kB * padded + c * kFloatLanes);
  }
  HWY_UNROLL(8)
  for (int i = 0; i < kWkvRows; ++i) {
    for (int c = 0; c < kVectors; ++c) {
      float* row = D + i * padded + j + c * kFloatLanes;
      const VF grad = hn::MulAdd(hn::Set(d, d_o[i]), r[c], hn::Load(d, row));
      dot_b[i] = hn::MulAdd(grad, b[c], dot_b[i]);
      hn::Store(grad, d, row);
    }
  }
}

/// Adds one token's part to dk', dw and db, and to the products D k', whose lanes are still to be summed.
/// Without the delta rule this is the whole step: D += do r^T before, D = D diag(w) after it.
template <bool kDelta, int kVectors, class Size>
HWY_INLINE void backward_vectors(Size N, const RowTokens& tokens, int64_t t, int64_t j, float* HWY_RESTRICT D,
                                 VF (&dot_k)[kWkvRows]) {
  const Floats d;
  const int64_t padded = wkv_padded(N);
  const float* v = tokens.v[t];
  const float* sa = kDelta ? tokens.sa[t] : v;
  const float* HWY_RESTRICT d_o = tokens.d_o[t];
  const float* HWY_RESTRICT x = tokens.vectors + t * kNumVectors<kDelta> * padded + j;
  const float* HWY_RESTRICT before = tokens.states + t * wkv_states_stride(N) + j;
  float* HWY_RESTRICT gradient = tokens.gradients + t * kNumVectors<kDelta> * padded + j;
  VF r[kVectors], w[kVectors], k[kVectors], dk[kVectors], dw[kVectors], db[kVectors];
  for (int c = 0; c < kVectors; ++c) {
    const int64_t n = c * kFloatLanes;
    r[c] = hn::Load(d, x + kR * padded + n);
    w[c] = hn::Load(d, x + kW * padded + n);
    k[c] = hn::Load(d, x + kK * padded + n);
    dk[c] = hn::Load(d, gradient + kK * padded + n);
    dw[c] = hn::Load(d, gradient + kW * padded + n);
    db[c] = kDelta ? hn::Load(d, gradient + kB * padded + n) : k[c];
  }
  HWY_UNROLL(8)
  for (int i = 0; i < kWkvRows; ++i) {
    for (int c = 0; c < kVectors; ++c) {
      float* row = D + i * padded + j + c * kFloatLanes;
      VF grad = hn::Load(d, row);
      if constexpr (!kDelta) grad = hn::MulAdd(hn::Set(d, d_o[i]), r[c], grad);
      dot_k[i] = hn::MulAdd(grad, k[c], dot_k[i]);
      dk[c] = hn::MulAdd(hn::Set(d, v[i]), grad, dk[c]);
      dw[c] = hn::MulAdd(grad, hn::Load(d, before + i * padded + c * kFloatLanes), dw[c]);
      if constexpr (kDelta) db[c] = hn::NegMulAdd(hn::Set(d, sa[i]), grad, db[c]);
      if constexpr (!kDelta) hn::Store(hn::Mul(grad, w[c]), d, row);
    }
  }
  for (int c = 0; c < kVectors; ++c) {
    const int64_t n = c * kFloatLanes;
    hn::Store(dk[c], d, gradient + kK * padded + n);
    hn::Store(dw[c], d, gradient + kW * padded + n);
    if constexpr (kDelta) hn::Store(db[c], d, gradient + kB * padded + n);
  }
}

/// With the delta rule, one token's end: D = D diag(w) + ds kk^T, with -ds given; adds to dkk.
template <int kVectors, class Size>
HWY_INLINE void backward_state(Size N, const RowTokens& tokens, int64_t t, int64_t j, const float* minus_ds,
                               float* HWY_RESTRICT D) {
  const Floats d;
  const int64_t padded = wkv_padded(N);
  const float* HWY_RESTRICT x = tokens.vectors + t * kNumVectors<true> * padded + j;
  const float* HWY_RESTRICT before = tokens.states + t * wkv_states_stride(N) + j;
  float* HWY_RESTRICT dkk = tokens.gradients + (t * kNumVectors<true> + kKk) * padded + j;
  VF w[kVectors], kk[kVectors], sum[kVectors];
  for (int c = 0; c < kVectors; ++c) {
    w[c] = hn::Load(d, x + kW * padded + c * kFloatLanes);
    kk[c] = hn::Load(d, x + kKk * padded + c * kFloatLanes);
    sum[c] = hn::Load(d, dkk + c * kFloatLanes);
  }
  HWY_UNROLL(8)
  for (int i = 0; i < kWkvRows; ++i) {
    const VF s = hn::Set(d, minus_ds[i]);
    for (int c = 0; c < kVectors; ++c) {
      float* row = D + i * padded + j + c * kFloatLanes;
      sum[c] = hn::NegMulAdd(s, hn::Load(d, before + i * padded + c * kFloatLanes), sum[c]);
      hn::Store(hn::NegMulAdd(s, kk[c], hn::Mul(w[c], hn::Load(d, row))), d, row);
    }
  }
  for (int c = 0; c < kVectors; ++c) hn::Store(sum[c], d, dkk + c * kFloatLanes);
}

HWY_INLINE void clear(VF (&x)[kWkvRows]) {
  HWY_UNROLL(8)
  for (int i = 0; i < kWkvRows; ++i) x[i] = hn::Zero(Floats());
}

HWY_INLINE void store_dv(const float* sums, bool add, float* dv) {
  const TileTag d;
  for (int64_t i = 0; i < kWkvRows; i += kTileLanes) {
    const TileVector x = hn::LoadU(d, sums + i);
    hn::StoreU(add ? hn::Add(x, hn::LoadU(d, dv + i)) : x, d, dv + i);
  }
}

/// One token with the delta rule. -ds is waited for: its sums begin before the sums that nobody waits for.
/// They go through memory, from where they are broadcast without a shuffle.
template <class Size>
HWY_INLINE void backward_token_delta(Size N, const RowTokens& tokens, int64_t t, float* D) {
  constexpr int64_t kStep = kGroup * kFloatLanes;
  const int64_t padded = wkv_padded(N), whole = padded / kStep * kStep;
  float* minus_ds = tokens.sums + kWkvRows;
  VF dots[kWkvRows];
  clear(dots);
  for (int64_t j = 0; j < whole; j += kStep) backward_output<kGroup>(N, tokens, t, j, D, dots);
  for (int64_t j = whole; j < padded; j += kFloatLanes) backward_output<1>(N, tokens, t, j, D, dots);
  sums_of_lanes(dots, minus_ds);
  clear(dots);
  for (int64_t j = 0; j < whole; j += kStep) backward_vectors<true, kGroup>(N, tokens, t, j, D, dots);
  for (int64_t j = whole; j < padded; j += kFloatLanes) backward_vectors<true, 1>(N, tokens, t, j, D, dots);
  sums_of_lanes(dots, tokens.sums);
  store_dv(tokens.sums, tokens.add_dv, tokens.dv[t]);
  for (int64_t j = 0; j < whole; j += kStep) backward_state<kGroup>(N, tokens, t, j, minus_ds, D);
  for (int64_t j = whole; j < padded; j += kFloatLanes) backward_state<1>(N, tokens, t, j, minus_ds, D);
}

template <class Size>
HWY_INLINE void backward_token(Size N, const RowTokens& tokens, int64_t t, float* D) {
  constexpr int64_t kStep = kGroup * kFloatLanes;
  const int64_t padded = wkv_padded(N), whole = padded / kStep * kStep;
  VF dots[kWkvRows];
  clear(dots);
  for (int64_t j = 0; j < whole; j += kStep) backward_vectors<false, kGroup>(N, tokens, t, j, D, dots);
  for (int64_t j = whole; j < padded; j += kFloatLanes) backward_vectors<false, 1>(N, tokens, t, j, D, dots);
  sums_of_lanes(dots, tokens.sums);
  store_dv(tokens.sums, tokens.add_dv, tokens.dv[t]);
}

/// Takes the rows of D [8][padded N] backwards through the tokens, whose states recompute_rows left.
template <bool kDelta, class Size>
HWY_NOINLINE void backward_rows(Size N, const RowTokens& tokens, float* D) {
  for (int64_t t = tokens.length - 1; t >= 0; --t) {
    tokens.prefetch.fetch(N, tokens.prefetch_begin + t, tokens.block, N / kWkvRows);
    if constexpr (kDelta)
      backward_token_delta(N, tokens, t, D);
    else
      backward_token(N, tokens, t, D);
  }
}

}  // namespace radlads::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard
