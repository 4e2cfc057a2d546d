// One token of a head whose state is in memory: decoding, where the state is read and written once and
// nothing else counts.
#if defined(RADLADS_KERNELS_CPU_WKV_STEP_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RADLADS_KERNELS_CPU_WKV_STEP_INL_H_
#undef RADLADS_KERNELS_CPU_WKV_STEP_INL_H_
#else
#define RADLADS_KERNELS_CPU_WKV_STEP_INL_H_
#endif

#include "kernels/cpu/wkv_chunk-inl.h"

HWY_BEFORE_NAMESPACE();
namespace radlads::kernels::cpu::HWY_NAMESPACE {

/// wkv6, kVectors vectors of value channels from `column` on. from, to [N,N], key-major, may be equal.
template <int kVectors, class Size>
HWY_INLINE void step_columns(Size N, const float* vectors, const float* v, int64_t column, const float* from,
                             float* to, float* o) {
  const Floats d;
  const int64_t padded = wkv_padded(N);
  VF v_c[kVectors], o_c[kVectors];
  for (int c = 0; c < kVectors; ++c) {
    v_c[c] = load_row(v, column + c * kFloatLanes, N);
    o_c[c] = hn::Zero(d);
  }
  for (int64_t j = 0; j < N; ++j) {
    const VF r = hn::Set(d, vectors[kR * padded + j]), w = hn::Set(d, vectors[kW * padded + j]);
    const VF k = hn::Set(d, vectors[kK * padded + j]);
    for (int c = 0; c < kVectors; ++c) {
      const int64_t n = column + c * kFloatLanes;
      const VF s = hn::MulAdd(w, load_row(from + j * N, n, N), hn::Mul(k, v_c[c]));
      o_c[c] = hn::MulAdd(r, s, o_c[c]);
      store_row(s, to + j * N, n, N);
    }
  }
  for (int c = 0; c < kVectors; ++c) store_row(o_c[c], o, column + c * kFloatLanes, N);
}

template <class Size>
HWY_INLINE void step_key_major(Size N, const float* vectors, const float* v, const float* from, float* to,
                               float* o) {
  constexpr int kVectors = 4;
  int64_t column = 0;
  for (; column + kVectors * kFloatLanes <= N; column += kVectors * kFloatLanes)
    step_columns<kVectors>(N, vectors, v, column, from, to, o);
  for (; column < N; column += kFloatLanes) step_columns<1>(N, vectors, v, column, from, to, o);
}

/// wkv7, eight value channels. from, to [8,N], value-major, may be equal; `sa` is scratch memory for eight
/// floats.
template <class Size>
HWY_INLINE void step_rows(Size N, const float* vectors, const float* v, const float* from, float* to,
                          float* sa, float* o) {
  const Floats d;
  const int64_t padded = wkv_padded(N);
  VF dots[kWkvRows];
  for (int i = 0; i < kWkvRows; ++i) dots[i] = hn::Zero(d);
  for (int64_t j = 0; j < N; j += kFloatLanes) {
    const VF kk = hn::Load(d, vectors + kKk * padded + j);
    for (int i = 0; i < kWkvRows; ++i) dots[i] = hn::MulAdd(kk, load_row(from + i * N, j, N), dots[i]);
  }
  sums_of_lanes(dots, sa);
  for (int i = 0; i < kWkvRows; ++i) dots[i] = hn::Zero(d);
  for (int64_t j = 0; j < N; j += kFloatLanes) {
    const VF r = hn::Load(d, vectors + kR * padded + j), w = hn::Load(d, vectors + kW * padded + j);
    const VF k = hn::Load(d, vectors + kK * padded + j), b = hn::Load(d, vectors + kB * padded + j);
    for (int i = 0; i < kWkvRows; ++i) {
      VF s = hn::Mul(w, load_row(from + i * N, j, N));
      s = hn::NegMulAdd(hn::Set(d, sa[i]), b, s);
      s = hn::MulAdd(hn::Set(d, v[i]), k, s);
      dots[i] = hn::MulAdd(r, s, dots[i]);
      store_row(s, to + i * N, j, N);
    }
  }
  sums_of_lanes(dots, o);
}

template <class Size>
HWY_INLINE void step_value_major(Size N, const float* vectors, const float* v, const float* from, float* to,
                                 float* sa, float* o) {
  for (int64_t i = 0; i < N; i += kWkvRows) step_rows(N, vectors, v + i, from + i * N, to + i * N, sa, o + i);
}

/// A short sequence, token by token, from s0 to sT in memory.
template <bool kDelta, class Size>
HWY_INLINE void step_head(Size N, const WkvInputs& inputs, const WkvOutputs& outputs,
                          const WkvSequence& sequence, int64_t h, const WkvForwardScratch& scratch) {
  const WkvHead head(inputs, sequence, h);
  const WkvRows<float> o = wkv_rows(outputs.o, sequence, h, inputs.H);
  const int64_t offset = wkv_state_offset(inputs, sequence, h);
  float* to = outputs.sT + offset;
  const float* from = inputs.s0 == nullptr ? to : inputs.s0 + offset;
  if (inputs.s0 == nullptr) std::fill_n(to, N * N, 0.0f);
  if (sequence.length == 0 && from != to) std::copy_n(from, N * N, to);
  for (int64_t t = 0; t < sequence.length; ++t, from = to) {
    prepare_token<kDelta>(N, head, t, scratch.vectors);
    kDelta ? step_value_major(N, scratch.vectors, head.v[t], from, to, scratch.state, o[t])
           : step_key_major(N, scratch.vectors, head.v[t], from, to, o[t]);
  }
}

}  // namespace radlads::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard
