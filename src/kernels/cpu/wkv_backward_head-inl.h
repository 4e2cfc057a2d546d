// The backward pass of a chunk of one head (docs/kernels.md derives it). It mirrors the forward pass: the
// gradient of the state is read by the writes and written by the reads.
#if defined(RADLADS_KERNELS_CPU_WKV_BACKWARD_HEAD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RADLADS_KERNELS_CPU_WKV_BACKWARD_HEAD_INL_H_
#undef RADLADS_KERNELS_CPU_WKV_BACKWARD_HEAD_INL_H_
#else
#define RADLADS_KERNELS_CPU_WKV_BACKWARD_HEAD_INL_H_
#endif

#include "kernels/cpu/wkv_forward-inl.h"
#include "kernels/cpu/wkv_gradients-inl.h"

HWY_BEFORE_NAMESPACE();
namespace radlads::kernels::cpu::HWY_NAMESPACE {

/// The gradient of an input that a group of heads shares: the sum over these, which take turns in each
/// chunk.
struct GroupGradient {
  GroupGradient(const HeadsOut& x, const WkvSequence& sequence, int64_t h, int64_t H, float* memory)
      : sum(memory), out(wkv_rows(x, sequence, h, H)) {
    if (!x) return;
    const int64_t group = H / x.heads;
    is_first = h % group == 0;
    is_last = h % group == group - 1;
  }

  float* sum;  // [kChunk<kDelta>,padded N], of the chunk
  WkvRowsOut out;
  bool is_first = false, is_last = false;
};

/// The products in `left` next to the writes: late[k', s] has those of r and kk with k'_s, late[b, s] those
/// with b_s.
template <bool kDelta, class Size>
HWY_INLINE void transpose_products(Size N, const WkvChunkScratch& chunk) {
  const int64_t padded = wkv_padded(N), stride = wkv_row_stride(N);
  for (int64_t write = 0; write < kWkvReads; write += kChunk<kDelta>) {
    for (int64_t read = 0; read < kWkvReads; read += kChunk<kDelta>) {
      transpose(chunk.left + read * stride + padded + write, stride, kChunk<kDelta>, kChunk<kDelta>,
                chunk.late + write * stride + padded + read, stride);
    }
  }
}

/// dsa from b's reads of the gradient of the state.
template <class Size>
HWY_NOINLINE void solve_d_sa(Size N, const WkvChunkScratch& chunk, WkvColumns columns, float* d_state) {
  const int64_t padded = wkv_padded(N), stride = wkv_row_stride(N);
  const float* writes = chunk.late + kChunk<true> * stride;
  float* d_sa = d_state + (padded + kChunk<true>)*padded;
  padded_product(kChunk<true>, columns, padded + kChunk<true>, {writes, stride, 1}, d_state, padded,
                 [&](int64_t i, int64_t c, VF sum)
                     HWY_ATTR { hn::Store(sum, Floats(), d_sa + i * padded + c); });
  solve<true>(writes + padded + kChunk<true>, stride, columns, d_sa, padded);
}

/// Adds to, or begins, the sum dv.
template <bool kDelta, class Size>
HWY_NOINLINE void read_d_values(Size N, const WkvChunkScratch& chunk, const float* d_state,
                                const GroupGradient& dv) {
  const int64_t padded = wkv_padded(N), stride = wkv_row_stride(N);
  padded_product(kChunk<kDelta>, {0, padded}, padded + kWkvReads, {chunk.late, stride, 1}, d_state, padded,
                 [&](int64_t i, int64_t c, VF sum) HWY_ATTR {
                   float* to = dv.sum + i * padded + c;
                   hn::Store(dv.is_first ? sum : hn::Add(sum, hn::Load(Floats(), to)), Floats(), to);
                 });
}

/// to [kWkvReads,padded N] = x^T S^T for x [padded N,kWkvReads] and a state S [N,padded N], through
/// `transposed`.
template <class Size>
HWY_NOINLINE void times_state(Size N, const float* S, const float* x, float* transposed, float* to) {
  const int64_t padded = wkv_padded(N);
  padded_product(N, {0, kWkvReads}, N, {S, padded, 1}, x, kWkvReads,
                 [&](int64_t j, int64_t c, VF sum)
                     HWY_ATTR { hn::Store(sum, Floats(), transposed + j * kWkvReads + c); });
  transpose(transposed, kWkvReads, N, kWkvReads, to, padded);
}

/// sums[j] = sum over i of S[j,i] D[j,i], for two states [N,padded N].
template <class Size>
HWY_NOINLINE void row_products(Size N, const float* S, const float* D, float* sums) {
  const int64_t padded = wkv_padded(N);
  for (int64_t j = 0; j < N; j += kWkvRows) {
    VF dots[kWkvRows];
    for (int i = 0; i < kWkvRows; ++i) dots[i] = hn::Zero(Floats());
    for (int64_t c = 0; c < padded; c += kFloatLanes) {
      for (int i = 0; i < kWkvRows; ++i) {
        const int64_t at = (j + i) * padded + c;
        dots[i] = hn::MulAdd(hn::Load(Floats(), S + at), hn::Load(Floats(), D + at), dots[i]);
      }
    }
    sums_of_lanes(dots, sums + j);
  }
}

/// A head of a sequence in the backward pass.
template <bool kDelta, class Size>
class BackwardHead {
 public:
  BackwardHead(Size N, const WkvBackwardPass& pass, const WkvSequence& sequence, int64_t h,
               const WkvBackwardScratch& scratch)
      : N_(N),
        h_(h),
        sequence_(sequence),
        head_(pass.inputs, sequence, h),
        checkpoints_(pass.inputs, pass.checkpoints),
        scratch_(scratch),
        d_o_(wkv_rows(pass.gradients.d_o, sequence, h, pass.inputs.H)),
        dr_(wkv_rows(pass.gradients.dr, sequence, h, pass.inputs.H)),
        dlw_(wkv_rows(pass.gradients.dlw, sequence, h, pass.inputs.H)),
        da_(wkv_rows(pass.gradients.da, sequence, h, pass.inputs.H)),
        dk_(pass.gradients.dk, sequence, h, pass.inputs.H, scratch.dk),
        dv_(pass.gradients.dv, sequence, h, pass.inputs.H, scratch.dv),
        dkk_(pass.gradients.dkk, sequence, h, pass.inputs.H, scratch.dkk),
        streamer_(wkv_is_large(pass.inputs), N),
        prefetch_(prefetch_inputs<kDelta>(head_)) {
    prefetch_.add(d_o_);
    for (const auto& x : {dr_, dlw_, dk_.out, dv_.out}) streamer_.add(x);
    if (kDelta) streamer_.add(da_), streamer_.add(dkk_.out);
    if (streamer_.streams()) return;
    for (const auto& x : {dr_, dlw_, dk_.out, dv_.out}) prefetch_.add(x);
    if (kDelta) prefetch_.add(da_), prefetch_.add(dkk_.out);
  }

  /// D: the gradient of the state after the chunk, and the rest of its stack; its columns become those of the
  /// gradient of the state before it.
  void propagate(int64_t index, WkvColumns columns, float* D) const {
    read(index, columns, D);
    advance_state(N_, scratch_.chunk.decay, scratch_.chunk.left, columns, D, D);
  }

  /// The gradients of the chunk's inputs. D becomes the gradient of the state before it: that at `before`, if
  /// it is already known.
  void backward_chunk(int64_t index, float* D, const float* before = nullptr) const {
    const int64_t begin = index * kChunk<kDelta>, length = std::min(kChunk<kDelta>, sequence_.length - begin);
    const int64_t padded = wkv_padded(N_);
    const WkvChunkScratch& chunk = scratch_.chunk;
    const float *S = state_before(begin), *d_outputs = D + padded * padded;
    read(index, {0, padded}, D);
    load_values(begin, length, scratch_.values);
    transpose(scratch_.values, padded, kWkvReads, padded, scratch_.values_t, kWkvReads);
    transpose(d_outputs, padded, kWkvReads, padded, scratch_.d_outputs_t, kWkvReads);
    read_d_values<kDelta>(N_, chunk, D, dv_);
    differentiate_products(d_outputs);
    times_state(N_, S, scratch_.d_outputs_t, scratch_.transposed, scratch_.d_reads);
    times_state(N_, D, scratch_.values_t, scratch_.transposed, scratch_.d_writes);
    if (before == nullptr) advance_state(N_, chunk.decay, chunk.left, {0, padded}, D, D);
    row_products(N_, S, before == nullptr ? D : before, scratch_.first_flow);
    gradients_of_vectors<kDelta>(N_, scratch_);
    finish_tokens(begin, length);
  }

 private:
  /// What the reads and writes of the chunk see of each other and of D: `chunk`, and the d_outputs in D's
  /// stack.
  HWY_INLINE void read(int64_t index, WkvColumns columns, float* D) const {
    const int64_t begin = index * kChunk<kDelta>, length = std::min(kChunk<kDelta>, sequence_.length - begin);
    const WkvChunkScratch& chunk = scratch_.chunk;
    load_chunk<kDelta>(N_, head_, begin, length, chunk);
    load_rows<kDelta>(N_, d_o_, begin, length, D + wkv_padded(N_) * wkv_padded(N_));
    for (int64_t t = 0; t < kChunk<kDelta>; ++t) {
      fetch_before(begin, t);
      read_token<kDelta>(N_, chunk, t);
    }
    transpose_products<kDelta>(N_, chunk);
    if constexpr (kDelta) solve_d_sa(N_, chunk, columns, D);
  }

  /// Part t of what the chunk before the one at token `begin` needs.
  HWY_INLINE void fetch_before(int64_t begin, int64_t t) const {
    prefetch_.fetch_token(N_, begin - kChunk<kDelta> + t);
    // With the delta rule there is more to compute for each state, and prefetching it showed no gain.
    if (kDelta || begin < kWkvInterval) return;
    const int64_t part = N_ * wkv_padded(N_) / kChunk<kDelta>;
    Prefetch::fetch(checkpoints_.state(sequence_, begin / kWkvInterval - 1, h_) + t * part,
                    part * static_cast<int64_t>(sizeof(float)));
  }

  /// The state before the chunk that begins at token `begin`, [N,padded N]: a checkpoint, or computed from
  /// one.
  const float* state_before(int64_t begin) const {
    const float* S = checkpoints_.state(sequence_, begin / kWkvInterval, h_);
    if (begin % kWkvInterval == 0) return S;
    static_assert(kWkvInterval <= 2 * kChunk<kDelta>, "at most one chunk lies between");
    const int64_t padded = wkv_padded(N_), first = begin - kChunk<kDelta>;
    load_chunk<kDelta>(N_, head_, first, kChunk<kDelta>, scratch_.chunk);
    load_values(first, kChunk<kDelta>, scratch_.middle + padded * padded);
    advance_state(N_, scratch_.chunk.decay, scratch_.chunk.late, {0, padded}, S, scratch_.middle);
    return scratch_.middle;
  }

  /// values [kWkvReads,padded N]: v, -sa
  void load_values(int64_t begin, int64_t length, float* values) const {
    const int64_t padded = wkv_padded(N_);
    load_rows<kDelta>(N_, head_.v, begin, length, values);
    if constexpr (kDelta) {
      float* minus_sa = values + kChunk<kDelta> * padded;
      std::copy_n(checkpoints_.minus_sa(sequence_, h_) + begin * padded, length * padded, minus_sa);
      std::fill_n(minus_sa + length * padded, (kChunk<kDelta> - length) * padded, 0.0f);
    }
  }

  /// products[t,s] = the gradient of a read's output times a write's value. Those of a read with a later
  /// write are not used.
  HWY_NOINLINE void differentiate_products(const float* d_outputs) const {
    padded_product(kWkvReads, {0, kWkvReads}, N_, {d_outputs, wkv_padded(N_), 1}, scratch_.values_t,
                   kWkvReads, [&](int64_t t, int64_t c, VF sum) HWY_ATTR {
                     hn::Store(sum, Floats(), scratch_.products + t * kWkvReads + c);
                   });
  }

  HWY_NOINLINE void finish_tokens(int64_t begin, int64_t length) const {
    for (int64_t row = 0; row < length; ++row) finish_token(begin + row, row);
  }

  /// From the gradients of scale r, k', kk, b and lw to those of the inputs. `row` is the token's in the
  /// chunk.
  HWY_INLINE void finish_token(int64_t t, int64_t row) const {
    const Floats d;
    const int64_t padded = wkv_padded(N_), second = kChunk<kDelta> * padded;
    for (int64_t j = 0; j < padded; j += kFloatLanes) {
      const int64_t i = row * padded + j;
      const VF w = hn::Load(d, scratch_.chunk.w + i);
      const VF a = kDelta ? load_row(head_.a, t, j, N_) : hn::Zero(d);
      VF dlw = hn::Load(d, scratch_.flow + i), dk = hn::Load(d, scratch_.d_writes + i);
      VF da = hn::Zero(d);
      if (head_.balance) {
        da = hn::Mul(dk, load_row(head_.k, t, j, N_));
        dk = hn::Mul(dk, balance_factor<kDelta>(w, a));
        dlw = hn::NegMulAdd(da, w, dlw);
      }
      const VF dr = hn::Load(d, scratch_.d_reads + i);
      streamer_.store(N_, hn::Mul(dr, hn::Set(d, head_.scale)), dr_, t, j);
      streamer_.store(N_, dlw, dlw_, t, j);
      add_to_group(dk, dk_, t, i, j);
      if (dv_.is_last) streamer_.store(N_, hn::Load(d, dv_.sum + i), dv_.out, t, j);
      if constexpr (kDelta) {
        const VF db = hn::Load(d, scratch_.d_writes + second + i);
        const VF kk = hn::Load(d, scratch_.chunk.reads + second + i);
        const VF dkk = hn::Load(d, scratch_.d_reads + second + i);
        streamer_.store(N_, hn::MulAdd(db, kk, da), da_, t, j);
        add_to_group(hn::MulAdd(db, a, dkk), dkk_, t, i, j);
      }
    }
  }

  HWY_INLINE void add_to_group(VF x, const GroupGradient& gradient, int64_t t, int64_t i, int64_t j) const {
    float* sum = gradient.sum + i;
    if (!gradient.is_first) x = hn::Add(x, hn::Load(Floats(), sum));
    gradient.is_last ? streamer_.store(N_, x, gradient.out, t, j) : hn::Store(x, Floats(), sum);
  }

  Size N_;
  int64_t h_;
  WkvSequence sequence_;
  WkvHead head_;
  WkvCheckpoints<const float> checkpoints_;
  WkvBackwardScratch scratch_;
  WkvRowsIn d_o_;
  WkvRowsOut dr_, dlw_, da_;
  GroupGradient dk_, dv_, dkk_;
  Streamer streamer_;
  Prefetch prefetch_;
};

}  // namespace radlads::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard
