// The backward pass over a sequence, chunk by chunk from its end: each chunk's states are recomputed from its
// checkpoint. The states of eight rows, and the vectors and gradients of the same tokens, stay in the
// first-level cache because a chunk is taken in pieces of 512 / N tokens; the states between the pieces are
// recomputed first, and lie in the second.
#if defined(RADLADS_KERNELS_CPU_WKV_BACKWARD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RADLADS_KERNELS_CPU_WKV_BACKWARD_INL_H_
#undef RADLADS_KERNELS_CPU_WKV_BACKWARD_INL_H_
#else
#define RADLADS_KERNELS_CPU_WKV_BACKWARD_INL_H_
#endif

#include "kernels/cpu/wkv_backward_rows-inl.h"
#include "kernels/cpu/wkv_forward-inl.h"

HWY_BEFORE_NAMESPACE();
namespace radlads::kernels::cpu::HWY_NAMESPACE {

/// The gradient of an input that a group of heads shares: the sum over these, which take their turns in each
/// chunk.
struct GroupGradient {
  GroupGradient(const HeadsOut& x, const WkvSequence& sequence, int64_t h, int64_t H, float* memory)
      : sum(memory), out(wkv_rows(x, sequence, h, H)) {
    if (!x) return;
    const int64_t group = H / x.heads;
    is_first = h % group == 0;
    is_last = h % group == group - 1;
  }

  float* sum;  // [kWkvChunk][padded N], of the chunk
  WkvRows<float> out;
  bool is_first = false, is_last = false;
};

/// A head of a sequence on its way backwards.
template <bool kDelta, class Size>
class BackwardHead {
 public:
  BackwardHead(Size N, const WkvInputs& inputs, const WkvGradients& gradients,
               const WkvCheckpoints<const float>& checkpoints, const WkvSequence& sequence, int64_t h,
               const WkvBackwardScratch& scratch)
      : N_(N),
        h_(h),
        sequence_(sequence),
        head_(inputs, sequence, h),
        checkpoints_(checkpoints),
        scratch_(scratch),
        sa_(kDelta ? WkvRows<const float>{checkpoints.sa(sequence, h), wkv_padded(N)}
                   : WkvRows<const float>{}),
        d_o_(wkv_rows(gradients.d_o, sequence, h, inputs.H)),
        dr_(wkv_rows(gradients.dr, sequence, h, inputs.H)),
        dlw_(wkv_rows(gradients.dlw, sequence, h, inputs.H)),
        da_(wkv_rows(gradients.da, sequence, h, inputs.H)),
        dk_(gradients.dk, sequence, h, inputs.H, scratch.dk),
        dv_(gradients.dv, sequence, h, inputs.H, scratch.dv),
        dkk_(gradients.dkk, sequence, h, inputs.H, scratch.dkk),
        streamer_(wkv_is_large(inputs), N),
        prefetch_(prefetch_inputs<kDelta>(head_)) {
    prefetch_.add(d_o_);
    if (kDelta) prefetch_.add(sa_);
    for (const auto& x : {dr_, dlw_, dk_.out, dv_.out}) streamer_.add(x);
    if (kDelta) streamer_.add(da_), streamer_.add(dkk_.out);
    if (streamer_.streams()) return;
    for (const auto& x : {dr_, dlw_, dk_.out, dv_.out}) prefetch_.add(x);
    if (kDelta) prefetch_.add(da_), prefetch_.add(dkk_.out);
  }

  /// D [N][padded N]
  void backward_chunk(int64_t chunk, float* D) const {
    const int64_t begin = chunk * kWkvChunk, length = std::min(kWkvChunk, sequence_.length - begin);
    prepare_chunk<kDelta>(N_, head_, begin, length, scratch_.vectors);
    recompute_pieces(checkpoints_.state(sequence_, chunk, h_), begin, length);
    for (int64_t piece = wkv_num_pieces(N_, length) - 1; piece >= 0; --piece) {
      const int64_t offset = piece * wkv_piece(N_), tokens = std::min(wkv_piece(N_), length - offset);
      std::fill_n(scratch_.gradients, tokens * kNumVectors<kDelta> * wkv_padded(N_), 0.0f);
      for (int64_t i = 0; i < N_; i += kWkvRows) {
        const RowTokens rows = row_tokens(begin, offset, tokens, i);
        recompute_rows<kDelta, true>(N_, rows, piece_rows(piece, i), nullptr);
        backward_rows<kDelta>(N_, rows, D + i * wkv_padded(N_));
      }
      finish_tokens(begin, offset, tokens);
    }
  }

  bool streams() const { return streamer_.streams(); }

 private:
  /// `length` tokens from begin + offset on, where `begin` is the chunk's.
  RowTokens row_tokens(int64_t begin, int64_t offset, int64_t length, int64_t i) const {
    const int64_t padded = wkv_padded(N_);
    return {length,
            scratch_.vectors + offset * kNumVectors<kDelta> * padded,
            scratch_.gradients,
            head_.v.from(begin + offset, i),
            d_o_.from(begin + offset, i),
            kDelta ? sa_.from(begin + offset, i) : sa_,
            {dv_.sum + offset * padded + i, padded},
            !dv_.is_first,
            scratch_.states,
            scratch_.sums,
            prefetch_,
            begin + offset - kWkvChunk,
            i / kWkvRows};
  }

  float* piece_rows(int64_t piece, int64_t i) const {
    return scratch_.pieces + (piece * N_ + i) * wkv_padded(N_);
  }

  /// The states before the pieces of a chunk.
  void recompute_pieces(const float* checkpoint, int64_t begin, int64_t length) const {
    const int64_t padded = wkv_padded(N_);
    std::fill_n(scratch_.pieces, N_ * padded, 0.0f);
    for_each_block(N_, checkpoint,
                   [&](int64_t column, int64_t columns, const float* block, int64_t width)
                       HWY_ATTR { transpose(block, width, N_, columns, piece_rows(0, column), padded); });
    for (int64_t i = 0; i < N_; i += kWkvRows) {
      for (int64_t piece = 0; piece + 1 < wkv_num_pieces(N_, length); ++piece) {
        const RowTokens rows = row_tokens(begin, piece * wkv_piece(N_), wkv_piece(N_), i);
        recompute_rows<kDelta, false>(N_, rows, piece_rows(piece, i), piece_rows(piece + 1, i));
      }
    }
  }

  HWY_NOINLINE void finish_tokens(int64_t begin, int64_t offset, int64_t length) const {
    const int64_t size = kNumVectors<kDelta> * wkv_padded(N_);
    for (int64_t t = 0; t < length; ++t)
      finish_token(begin + offset + t, offset + t, scratch_.vectors + (offset + t) * size,
                   scratch_.gradients + t * size);
  }

  /// From the gradients of scale r, w, k', kk and b to those of the inputs. `row` is the token's in the
  /// chunk.
  HWY_INLINE void finish_token(int64_t t, int64_t row, const float* vectors, const float* gradients) const {
    const Floats d;
    const int64_t padded = wkv_padded(N_);
    for (int64_t j = 0; j < padded; j += kFloatLanes) {
      const VF w = hn::Load(d, vectors + kW * padded + j);
      const VF a = kDelta ? load_row(head_.a[t], j, N_) : hn::Zero(d);
      VF dw = hn::Load(d, gradients + kW * padded + j), dk = hn::Load(d, gradients + kK * padded + j);
      VF da = hn::Zero(d);
      if (head_.balance) {
        da = hn::Mul(dk, load_row(head_.k[t], j, N_));
        dk = hn::Mul(dk, balance_factor<kDelta>(w, a));
        dw = hn::Sub(dw, da);
      }
      const VF dr = hn::Load(d, gradients + kR * padded + j);
      streamer_.store(N_, hn::Mul(dr, hn::Set(d, head_.scale)), dr_[t], j);
      streamer_.store(N_, hn::Mul(dw, w), dlw_[t], j);
      add_to_group(dk, dk_, t, row, j);
      if (dv_.is_last) streamer_.store(N_, hn::Load(d, dv_.sum + row * padded + j), dv_.out[t], j);
      if constexpr (kDelta) {
        const VF db = hn::Load(d, gradients + kB * padded + j),
                 dkk = hn::Load(d, gradients + kKk * padded + j);
        streamer_.store(N_, hn::MulAdd(db, hn::Load(d, vectors + kKk * padded + j), da), da_[t], j);
        add_to_group(hn::MulAdd(db, a, dkk), dkk_, t, row, j);
      }
    }
  }

  HWY_INLINE void add_to_group(VF x, const GroupGradient& gradient, int64_t t, int64_t row, int64_t j) const {
    float* sum = gradient.sum + row * wkv_padded(N_) + j;
    if (!gradient.is_first) x = hn::Add(x, hn::Load(Floats(), sum));
    gradient.is_last ? streamer_.store(N_, x, gradient.out[t], j) : hn::Store(x, Floats(), sum);
  }

  Size N_;
  int64_t h_;
  WkvSequence sequence_;
  WkvHead head_;
  WkvCheckpoints<const float> checkpoints_;
  WkvBackwardScratch scratch_;
  WkvRows<const float> sa_, d_o_;
  WkvRows<float> dr_, dlw_, da_;
  GroupGradient dk_, dv_, dkk_;
  Streamer streamer_;
  Prefetch prefetch_;
};

/// From d_sT [N,N], which is value-major with the delta rule; null: zero.
template <bool kDelta>
HWY_INLINE void load_d_state(const float* d_sT, int64_t N, float* D) {
  const int64_t padded = wkv_padded(N);
  std::fill_n(D, N * padded, 0.0f);
  if (d_sT == nullptr) return;
  kDelta ? copy_rows(d_sT, N, N, N, D, padded) : transpose(d_sT, N, N, N, D, padded);
}

template <bool kDelta>
HWY_INLINE void store_d_state(const float* D, int64_t N, float* ds0) {
  kDelta ? copy_rows(D, wkv_padded(N), N, N, ds0, N) : transpose(D, wkv_padded(N), N, N, ds0, N);
}

/// Heads that share inputs, chunk by chunk: so the sums of their gradients stay in scratch memory.
template <bool kDelta, class Size>
HWY_INLINE void backward_unit(Size N, const WkvInputs& inputs, const float* memory,
                              const WkvGradients& gradients, const WkvSequence& sequence, int64_t unit,
                              const WkvBackwardScratch& scratch) {
  const WkvCheckpoints<const float> checkpoints(inputs, memory);
  const int64_t heads = inputs.H / inputs.num_units(), first = unit * heads;
  const int64_t state_floats = N * wkv_padded(N);
  for (int64_t h = 0; h < heads; ++h) {
    const int64_t offset = wkv_state_offset(inputs, sequence, first + h);
    load_d_state<kDelta>(gradients.d_sT == nullptr ? nullptr : gradients.d_sT + offset, N,
                         scratch.D + h * state_floats);
  }
  for (int64_t chunk = (sequence.length + kWkvChunk - 1) / kWkvChunk - 1; chunk >= 0; --chunk) {
    for (int64_t h = 0; h < heads; ++h) {
      const BackwardHead<kDelta, Size> head(N, inputs, gradients, checkpoints, sequence, first + h, scratch);
      head.backward_chunk(chunk, scratch.D + h * state_floats);
    }
  }
  hwy::FlushStream();
  if (gradients.ds0 == nullptr) return;
  for (int64_t h = 0; h < heads; ++h)
    store_d_state<kDelta>(scratch.D + h * state_floats, N,
                          gradients.ds0 + wkv_state_offset(inputs, sequence, first + h));
}

}  // namespace radlads::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard
