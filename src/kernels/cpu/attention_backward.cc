// With P = softmax(S), S = scale q k^T, and D = P * (dP - delta), dP = d_o v^T, delta = sum_n d_o o:
//
//   dv = P^T d_o    dk = scale D^T q    dq = scale D k
//
// P is computed again from the forward pass's log-sum-exp. One item is a key/value head of a sequence, so
// that dk and dv are summed over queries and grouped heads in one thread.
#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/attention_backward.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include "core/error.h"
#include "kernels/backends.h"
#include "kernels/cpu/attention-inl.h"
#include "kernels/cpu/simd-inl.h"
#include "kernels/cpu/threading.h"

HWY_BEFORE_NAMESPACE();
namespace radlads::kernels::cpu::HWY_NAMESPACE {

/// [N,row] and [row,N] copies of queries and output gradients, [N,row] of the queries' gradient,
/// [kKeyBlock,row] of p and d_scores.
int64_t attention_backward_scratch(int64_t N) { return (5 * N + 2 * kKeyBlock) * kItemRows; }

/// A block of rows in both orientations, and what is computed for it. Rows that do not exist see no key, so
/// that they contribute nothing.
struct BackwardState {
  BackwardState(float* scratch, int64_t N)
      : q_columns(scratch),
        d_o_columns(q_columns + N * kItemRows),
        dq_columns(d_o_columns + N * kItemRows),
        p(dq_columns + N * kItemRows),
        d_scores(p + kKeyBlock * kItemRows),
        q_rows(d_scores + kKeyBlock * kItemRows),
        d_o_rows(q_rows + N * kItemRows) {}

  float* q_columns;    // [N,row] scaled
  float* d_o_columns;  // [N,row]
  float* dq_columns;   // [N,row]
  float* p;            // [kKeyBlock,row]
  float* d_scores;     // [kKeyBlock,row] scaled
  float* q_rows;       // [row,N]
  float* d_o_rows;     // [row,N]
  HWY_ALIGN float visible[kItemRows] = {};
  HWY_ALIGN float log_sum_exp[kItemRows] = {};
  HWY_ALIGN float delta[kItemRows] = {};
};

HWY_INLINE float dot(const float* a, const float* b, int64_t n) {
  VF sum = hn::Zero(Floats());
  for_each_vector(0, n, [&](auto load, auto) HWY_ATTR { sum = hn::MulAdd(load(a), load(b), sum); });
  return sum_lanes(sum);
}

HWY_INLINE void load_rows(const QueryRows& rows, const AttentionGradients& grads, BackwardState& state) {
  const int64_t N = rows.inputs.N;
  const auto q = [&](int64_t row) { return rows.q(row); };
  const auto d_o = [&](int64_t row) { return grads.d_o + rows.index[row] * N; };
  pack_columns(rows.count, N, rows.inputs.scale, q, state.q_columns, kItemRows);
  pack_columns(rows.count, N, 1.0f, d_o, state.d_o_columns, kItemRows);
  std::fill_n(state.dq_columns, N * kItemRows, 0.0f);
  for (int64_t row = 0; row < rows.count; ++row) {
    std::copy_n(q(row), N, state.q_rows + row * N);
    std::copy_n(d_o(row), N, state.d_o_rows + row * N);
    state.visible[row] = static_cast<float>(rows.visible[row]);
    state.log_sum_exp[row] = grads.log_sum_exp[rows.index[row]];
    state.delta[row] = dot(d_o(row), grads.o + rows.index[row] * N, N);
  }
  std::fill(state.q_rows + rows.count * N, state.q_rows + kItemRows * N, 0.0f);
  std::fill(state.d_o_rows + rows.count * N, state.d_o_rows + kItemRows * N, 0.0f);
}

/// From scores in p and d_o v^T in d_scores: the probabilities and the scores' gradient times scale.
template <int64_t kVectors>
HWY_INLINE void differentiate_scores(const Segment<kVectors>& segment, float scale, BackwardState& state) {
  const Floats d;
  for (int64_t key = 0; key < segment.size(); ++key) {
    const VF place = hn::Set(d, static_cast<float>(segment.begin + key));
#pragma GCC unroll 3
    for (int64_t c = 0; c < kVectors; ++c) {
      const int64_t row = segment.first_row() + c * kFloatLanes;
      float* p = state.p + key * kItemRows + row;
      float* d_scores = state.d_scores + key * kItemRows + row;
      const auto seen = hn::Lt(place, hn::Load(d, state.visible + row));
      const VF probability =
          hn::IfThenElseZero(seen, exp(hn::Sub(hn::Load(d, p), hn::Load(d, state.log_sum_exp + row))));
      const VF d_p = hn::Sub(hn::Load(d, d_scores), hn::Load(d, state.delta + row));
      hn::Store(probability, d, p);
      hn::Store(hn::Mul(hn::Mul(probability, hn::Set(d, scale)), d_p), d, d_scores);
    }
  }
}

/// target[key] += sum_row weights[key, row] rows[row], for the keys and rows of a segment; target's rows are
/// stride_t apart.
template <int64_t kVectors>
HWY_INLINE void add_to_keys(const Segment<kVectors>& segment, int64_t N, const float* weights,
                            const float* rows, float* target, int64_t stride_t) {
  matrix_product(segment.size(), N, kVectors * kFloatLanes, {weights + segment.first_row(), kItemRows, 1},
                 rows + segment.first_row() * N, N,
                 [&](int64_t key, int64_t n, int64_t valid, VF sum) HWY_ATTR {
                   float* to = target + key * stride_t + n;
                   store_up_to(hn::Add(load_up_to(to, valid), sum), to, valid);
                 });
}

template <int64_t kVectors>
HWY_INLINE void segment_backward(const QueryRows& rows, const Segment<kVectors>& segment,
                                 BackwardState& state, float* dk, float* dv) {
  const Floats d;
  const int64_t N = rows.inputs.N, stride_t = rows.inputs.kv_stride_t, first = segment.first_row();
  segment_dots(segment, N, rows.k(segment.begin), stride_t, state.q_columns, state.p);
  segment_dots(segment, N, rows.v(segment.begin), stride_t, state.d_o_columns, state.d_scores);
  differentiate_scores(segment, rows.inputs.scale, state);
  add_to_keys(segment, N, state.p, state.d_o_rows, dv + segment.begin * stride_t, stride_t);
  add_to_keys(segment, N, state.d_scores, state.q_rows, dk + segment.begin * stride_t, stride_t);
  column_product<kVectors, false>(N, segment.size(), {rows.k(segment.begin), 1, stride_t},
                                  state.d_scores + first, kItemRows, 0,
                                  [&](int64_t n, int64_t c, VF sum) HWY_ATTR {
                                    float* dq = state.dq_columns + n * kItemRows + first + c * kFloatLanes;
                                    hn::Store(hn::Add(hn::Load(d, dq), sum), d, dq);
                                  });
}

/// scratch: attention_backward_scratch(N) floats.
void attention_backward_item(const AttentionInputs& inputs, const AttentionGradients& grads,
                             const AttentionSequence& sequence, int64_t kv_head, float* scratch) {
  const int64_t N = inputs.N, total = sequence.num_queries * (inputs.H / inputs.Hkv);
  const int64_t offset = sequence.query_begin * inputs.kv_stride_t + kv_head * inputs.kv_stride_h;
  float* dk = grads.dk + offset;
  float* dv = grads.dv + offset;
  for (int64_t key = 0; key < sequence.num_keys; ++key) {
    std::fill_n(dk + key * inputs.kv_stride_t, N, 0.0f);
    std::fill_n(dv + key * inputs.kv_stride_t, N, 0.0f);
  }
  HWY_ALIGN float ones[kItemRows];
  std::fill_n(ones, kItemRows, 1.0f);
  for (int64_t begin = 0; begin < total; begin += kItemRows) {
    const QueryRows rows(inputs, sequence, kv_head, begin);
    BackwardState state(scratch, N);
    load_rows(rows, grads, state);
    for_each_segment(rows,
                     [&](const auto& segment) HWY_ATTR { segment_backward(rows, segment, state, dk, dv); });
    unpack_columns(rows.count, N, ones, state.dq_columns, kItemRows,
                   [&](int64_t row) { return grads.dq + rows.q_offset[row]; });
  }
}

}  // namespace radlads::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace radlads::kernels::cpu {

HWY_EXPORT(attention_backward_scratch);
HWY_EXPORT(attention_backward_item);

void attention_backward(Context& context, const AttentionInputs& inputs,
                        const AttentionGradients& gradients) {
  int64_t work = 0;
  for (const AttentionSequence& sequence : inputs.sequences) {
    RADLADS_CHECK(sequence.num_keys == sequence.num_queries, "{} keys and {} queries", sequence.num_keys,
                  sequence.num_queries);
    work += sequence.num_queries * sequence.num_keys * inputs.H * inputs.N / 4;
  }
  const auto items = static_cast<int64_t>(inputs.sequences.size()) * inputs.Hkv;
  parallel_items_with_scratch(
      context, items, threads_for(context, work), HWY_DYNAMIC_DISPATCH(attention_backward_scratch)(inputs.N),
      [&](int64_t item, float* scratch) {
        HWY_DYNAMIC_DISPATCH(attention_backward_item)
        (inputs, gradients, inputs.sequences[item / inputs.Hkv], item % inputs.Hkv, scratch);
      });
}

}  // namespace radlads::kernels::cpu
#endif  // HWY_ONCE
