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

/// A token's vectors, padded: those of a chunk of one.
struct StepVectors {
  const float *w, *r, *k, *kk, *b, *v;
};

/// N of padded N floats.
HWY_INLINE VF load_state_row(const float* row, int64_t i, int64_t N) {
  return load_up_to(row + i, std::min(N - i, kFloatLanes));
}
HWY_INLINE void store_state_row(VF x, float* row, int64_t i, int64_t N) {
  store_up_to(x, row + i, std::min(N - i, kFloatLanes));
}

/// A line of a state that is read from beginning to end, ahead of time.
HWY_INLINE void fetch_ahead(const float* state) {
  constexpr int64_t kFloatsAhead = 4096;
  Prefetch::fetch(state + kFloatsAhead, 1);
}

/// wkv6, kVectors vectors of value channels from `column` on. from, to [N,N], key-major, may be equal.
template <int kVectors, class Size>
HWY_INLINE void step_columns(Size N, const StepVectors& x, int64_t column, const float* from, float* to,
                             float* o) {
  const Floats d;
  VF v[kVectors], sums[kVectors];
  for (int c = 0; c < kVectors; ++c) {
    v[c] = hn::Load(d, x.v + column + c * kFloatLanes);
    sums[c] = hn::Zero(d);
  }
  for (int64_t j = 0; j < N; ++j) {
    const VF r = hn::Set(d, x.r[j]), w = hn::Set(d, x.w[j]), k = hn::Set(d, x.k[j]);
    for (int c = 0; c < kVectors; ++c) {
      const int64_t n = column + c * kFloatLanes;
      fetch_ahead(from + j * N + n);
      const VF s = hn::MulAdd(w, load_state_row(from + j * N, n, N), hn::Mul(k, v[c]));
      sums[c] = hn::MulAdd(r, s, sums[c]);
      store_state_row(s, to + j * N, n, N);
    }
  }
  for (int c = 0; c < kVectors; ++c) hn::Store(sums[c], d, o + column + c * kFloatLanes);
}

template <class Size>
HWY_INLINE void step_key_major(Size N, const StepVectors& x, WkvColumns columns, const float* from, float* to,
                               float* o) {
  constexpr int kVectors = 4;
  int64_t column = columns.begin;
  for (; column + kVectors * kFloatLanes <= columns.end; column += kVectors * kFloatLanes)
    step_columns<kVectors>(N, x, column, from, to, o);
  for (; column < columns.end; column += kFloatLanes) step_columns<1>(N, x, column, from, to, o);
}

/// wkv7, eight value channels from i on. from, to [N,N], value-major, may be equal; `sa` is scratch memory
/// for eight floats.
template <class Size>
HWY_INLINE void step_rows(Size N, const StepVectors& x, int64_t i, const float* from, float* to, float* sa,
                          float* o) {
  const Floats d;
  from += i * N, to += i * N;
  VF dots[kWkvRows];
  for (int row = 0; row < kWkvRows; ++row) dots[row] = hn::Zero(d);
  for (int64_t j = 0; j < N; j += kFloatLanes) {
    const VF kk = hn::Load(d, x.kk + j);
    for (int row = 0; row < kWkvRows; ++row)
      dots[row] = hn::MulAdd(kk, load_state_row(from + row * N, j, N), dots[row]);
  }
  sums_of_lanes(dots, sa);
  for (int row = 0; row < kWkvRows; ++row) dots[row] = hn::Zero(d);
  for (int64_t j = 0; j < N; j += kFloatLanes) {
    const VF r = hn::Load(d, x.r + j), w = hn::Load(d, x.w + j);
    const VF k = hn::Load(d, x.k + j), b = hn::Load(d, x.b + j);
    for (int row = 0; row < kWkvRows; ++row) {
      fetch_ahead(from + j * kWkvRows + row * kFloatLanes);
      VF s = hn::Mul(w, load_state_row(from + row * N, j, N));
      s = hn::NegMulAdd(hn::Set(d, sa[row]), b, s);
      s = hn::MulAdd(hn::Set(d, x.v[i + row]), k, s);
      dots[row] = hn::MulAdd(r, s, dots[row]);
      store_state_row(s, to + row * N, j, N);
    }
  }
  sums_of_lanes(dots, o + i);
}

/// Columns of `to` = those of `from`, or zero where it is null. A column is a row of a value-major state.
template <bool kDelta, class Size>
HWY_INLINE void begin_state(Size N, WkvColumns columns, const float* from, float* to) {
  const int64_t rows = kDelta ? 1 : N, offset = kDelta ? columns.begin * N : columns.begin;
  const int64_t count = (columns.end - columns.begin) * (kDelta ? N : 1);
  for (int64_t i = offset; i < rows * N + offset; i += N)
    from == nullptr ? std::fill_n(to + i, count, 0.0f) : std::copy_n(from + i, count, to + i);
}

/// The first token's rows of the head that this thread processes next, if heads are contiguous.
template <class Size>
HWY_INLINE void fetch_next_head(Size N, const WkvHead& head) {
  for (const WkvRowsIn& x : {head.r, head.lw, head.k, head.v, head.kk, head.a}) {
    const int64_t bytes = N * (x.bf16 ? 2 : 4);
    if (x.first == nullptr) continue;
    for (int64_t i = bytes; i < 2 * bytes; i += 64) hwy::Prefetch(x.first + i);
  }
}

/// A short sequence, token by token, from s0 to sT in memory: some columns.
template <bool kDelta, class Size>
HWY_INLINE void step_head(Size N, const WkvInputs& inputs, const WkvOutputs& outputs,
                          const WkvSequence& sequence, int64_t h, WkvColumns padded_columns,
                          const WkvForwardScratch& scratch) {
  const WkvHead head(inputs, sequence, h);
  const WkvRowsOut rows = wkv_rows(outputs.o, sequence, h, inputs.H);
  const WkvChunkScratch& chunk = scratch.chunk;
  const WkvColumns columns = {padded_columns.begin, std::min<int64_t>(padded_columns.end, N)};
  const int64_t padded = wkv_padded(N), second = kChunk<kDelta> * padded;
  float *v = scratch.state, *o = v + padded, *sa = o + padded;
  const StepVectors x = {chunk.w, chunk.reads, chunk.writes, chunk.reads + second, chunk.writes + second, v};
  const int64_t offset = wkv_state_offset(inputs, sequence, h);
  float* to = outputs.sT + offset;
  const float* from = inputs.s0 == nullptr ? to : inputs.s0 + offset;
  if (inputs.s0 == nullptr) begin_state<kDelta>(N, columns, nullptr, to);
  if (sequence.length == 0 && from != to) begin_state<kDelta>(N, columns, from, to);
  fetch_next_head(N, head);
  for (int64_t t = 0; t < sequence.length; ++t, from = to) {
    load_token<kDelta, false>(N, head, t, 0, chunk);
    for (int64_t j = 0; j < padded; j += kFloatLanes) hn::Store(load_row(head.v, t, j, N), Floats(), v + j);
    if constexpr (kDelta) {
      for (int64_t i = columns.begin; i < columns.end; i += kWkvRows) step_rows(N, x, i, from, to, sa, o);
    } else {
      step_key_major(N, x, columns, from, to, o);
    }
    for (int64_t j = columns.begin; j < columns.end; j += kFloatLanes)
      store_row(hn::Load(Floats(), o + j), rows, t, j, N);
  }
}

}  // namespace radlads::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard
