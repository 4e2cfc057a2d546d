#include <cmath>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/attention.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include "core/error.h"
#include "kernels/backends.h"
#include "kernels/cpu/attention-inl.h"
#include "kernels/cpu/attention_decode.h"
#include "kernels/cpu/simd-inl.h"
#include "kernels/cpu/threading.h"

HWY_BEFORE_NAMESPACE();
namespace radlads::kernels::cpu::HWY_NAMESPACE {

int64_t attention_item_rows() { return kItemRows; }

/// [N,row] packed queries and weighted sums of values, [kKeyBlock,row] scores.
int64_t attention_forward_scratch(int64_t N) { return (2 * N + kKeyBlock) * kItemRows; }

/// An item's running state. top and sum are those of the keys seen so far.
struct ForwardState {
  float* queries;  // [N,row], scaled
  float* output;   // [N,row], relative to e^top
  float* scores;   // [kKeyBlock,row]
  HWY_ALIGN float visible[kItemRows];
  HWY_ALIGN float top[kItemRows];
  HWY_ALIGN float sum[kItemRows];
};

/// Scores of keys after a row's own position become -infinity.
template <int64_t kVectors>
HWY_INLINE void mask_scores(const QueryRows& rows, const Segment<kVectors>& segment, ForwardState& state) {
  const Floats d;
  const VF lowest = hn::Set(d, -std::numeric_limits<float>::infinity());
  for (int64_t key = std::max(segment.begin, rows.visible[segment.first_row()]); key < segment.end; ++key) {
    const VF place = hn::Set(d, static_cast<float>(key));
    float* scores = state.scores + (key - segment.begin) * kItemRows;
    for (int64_t row = segment.first_row(); row < segment.first_row() + kVectors * kFloatLanes;
         row += kFloatLanes) {
      const auto seen = hn::Lt(place, hn::Load(d, state.visible + row));
      hn::Store(hn::IfThenElse(seen, hn::Load(d, scores + row), lowest), d, scores + row);
    }
  }
}

/// Raises tops to the largest score of the segment. Keys go in pairs: a maximum has a latency of several
/// cycles.
template <int64_t kVectors>
HWY_INLINE void raise_tops(const Segment<kVectors>& segment, const float* scores, VF (&tops)[kVectors]) {
  const Floats d;
  for (int64_t key = 0; key < segment.size(); key += 2) {
    const float* even = scores + key * kItemRows;
    const float* odd = scores + std::min(key + 1, segment.size() - 1) * kItemRows;
#pragma GCC unroll 3
    for (int64_t c = 0; c < kVectors; ++c) {
      const int64_t lane = c * kFloatLanes;
      tops[c] = hn::Max(tops[c], hn::Max(hn::Load(d, even + lane), hn::Load(d, odd + lane)));
    }
  }
}

/// Turns scores into e^(score - top) and updates top and sum. The older terms, which were relative to a
/// lower top, must be multiplied with `correction`.
template <int64_t kVectors>
HWY_INLINE void exponentiate(const Segment<kVectors>& segment, ForwardState& state,
                             VF (&correction)[kVectors]) {
  const Floats d;
  float* scores = state.scores + segment.first_row();
  float* top = state.top + segment.first_row();
  float* sum = state.sum + segment.first_row();
  VF tops[kVectors], sums[kVectors];
#pragma GCC unroll 3
  for (int64_t c = 0; c < kVectors; ++c) tops[c] = hn::Load(d, top + c * kFloatLanes);
  raise_tops(segment, scores, tops);
#pragma GCC unroll 3
  for (int64_t c = 0; c < kVectors; ++c) {
    correction[c] = exp(hn::Sub(hn::Load(d, top + c * kFloatLanes), tops[c]));
    sums[c] = hn::Mul(hn::Load(d, sum + c * kFloatLanes), correction[c]);
  }
  for (int64_t key = 0; key < segment.size(); ++key) {
#pragma GCC unroll 3
    for (int64_t c = 0; c < kVectors; ++c) {
      float* score = scores + key * kItemRows + c * kFloatLanes;
      const VF p = exp(hn::Sub(hn::Load(d, score), tops[c]));
      hn::Store(p, d, score);
      sums[c] = hn::Add(sums[c], p);
    }
  }
#pragma GCC unroll 3
  for (int64_t c = 0; c < kVectors; ++c) {
    hn::Store(tops[c], d, top + c * kFloatLanes);
    hn::Store(sums[c], d, sum + c * kFloatLanes);
  }
}

template <int64_t kVectors>
HWY_INLINE void attend_to_segment(const QueryRows& rows, const Segment<kVectors>& segment,
                                  ForwardState& state) {
  const Floats d;
  const int64_t N = rows.inputs.N, stride_t = rows.inputs.kv_stride_t, first = segment.first_row();
  segment_dots(segment, N, rows.k(segment.begin), stride_t, state.queries, state.scores);
  if (segment.end > rows.visible[first]) mask_scores(rows, segment, state);
  VF correction[kVectors];
  exponentiate(segment, state, correction);
  column_product<kVectors, false>(N, segment.size(), {rows.v(segment.begin), 1, stride_t},
                                  state.scores + first, kItemRows, 0,
                                  [&](int64_t n, int64_t c, VF sum) HWY_ATTR {
                                    float* output = state.output + n * kItemRows + first + c * kFloatLanes;
                                    hn::Store(hn::MulAdd(hn::Load(d, output), correction[c], sum), d, output);
                                  });
}

/// scratch: attention_forward_scratch(N) floats.
void attention_forward_item(const AttentionInputs& inputs, const AttentionOutputs& outputs,
                            const AttentionSequence& sequence, int64_t kv_head, int64_t begin,
                            float* scratch) {
  const int64_t N = inputs.N;
  const QueryRows rows(inputs, sequence, kv_head, begin);
  ForwardState state;
  state.queries = scratch;
  state.output = scratch + N * kItemRows;
  state.scores = scratch + 2 * N * kItemRows;
  pack_columns(
      rows.count, N, inputs.scale, [&](int64_t row) { return rows.q(row); }, state.queries, kItemRows);
  std::fill_n(state.output, N * kItemRows, 0.0f);
  std::fill_n(state.top, kItemRows, -std::numeric_limits<float>::infinity());
  std::fill_n(state.sum, kItemRows, 0.0f);
  for (int64_t row = 0; row < kItemRows; ++row) {
    state.visible[row] = static_cast<float>(rows.visible[std::min(row, rows.count - 1)]);
  }
  for_each_segment(rows, [&](const auto& segment) HWY_ATTR { attend_to_segment(rows, segment, state); });

  HWY_ALIGN float inverse[kItemRows];
  for_each_vector(0, kItemRows, [&](auto load, auto store) HWY_ATTR {
    store(hn::Div(hn::Set(Floats(), 1.0f), load(state.sum)), inverse);
  });
  unpack_columns(rows.count, N, inverse, state.output, kItemRows,
                 [&](int64_t row) { return outputs.o + rows.index[row] * N; });
  if (outputs.log_sum_exp == nullptr) return;
  HWY_ALIGN float log_sum_exp[kItemRows];
  for_each_vector(0, kItemRows, [&](auto load, auto store) HWY_ATTR {
    store(hn::Add(load(state.top), hn::Log(Floats(), load(state.sum))), log_sum_exp);
  });
  for (int64_t row = 0; row < rows.count; ++row) outputs.log_sum_exp[rows.index[row]] = log_sum_exp[row];
}

}  // namespace radlads::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace radlads::kernels::cpu {

/// Positions of keys are compared as float32, which is exact up to here.
constexpr int64_t kMaxKeys = 1 << 24;

HWY_EXPORT(attention_item_rows);
HWY_EXPORT(attention_forward_scratch);
HWY_EXPORT(attention_forward_item);

void attention_forward(Context& context, const AttentionInputs& inputs, const AttentionOutputs& outputs) {
  const int64_t item_rows = HWY_DYNAMIC_DISPATCH(attention_item_rows)(), group = inputs.H / inputs.Hkv;
  int64_t max_blocks = 0, work = 0;
  for (const AttentionSequence& sequence : inputs.sequences) {
    if (sequence.num_queries == 1) continue;
    RADLADS_CHECK(sequence.num_keys <= kMaxKeys, "{} keys", sequence.num_keys);
    max_blocks = std::max(max_blocks, (sequence.num_queries * group + item_rows - 1) / item_rows);
    work += sequence.num_queries * sequence.num_keys * inputs.H * inputs.N / 8;
  }
  const int64_t scratch_floats = HWY_DYNAMIC_DISPATCH(attention_forward_scratch)(inputs.N);
  const auto num_sequences = static_cast<int64_t>(inputs.sequences.size());
  parallel_items_with_scratch(
      context, num_sequences * inputs.Hkv * max_blocks, threads_for(context, work), scratch_floats,
      [&](int64_t item, float* scratch) {
        const AttentionSequence& sequence = inputs.sequences[item / (inputs.Hkv * max_blocks)];
        const int64_t begin = (max_blocks - 1 - item % max_blocks) * item_rows;  // the longest rows first
        if (sequence.num_queries == 1 || begin >= sequence.num_queries * group) return;
        HWY_DYNAMIC_DISPATCH(attention_forward_item)
        (inputs, outputs, sequence, item / max_blocks % inputs.Hkv, begin, scratch);
      });
  attention_decode(context, inputs, outputs);
}

}  // namespace radlads::kernels::cpu
#endif  // HWY_ONCE
