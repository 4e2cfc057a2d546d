// One query per sequence. The keys are cut into blocks of fixed length, so that even a single sequence with
// few heads keeps all threads busy; each block gives a partial softmax (its largest score, the sum of its
// exponentials, and its values' weighted sum), and these are merged in order.
#include "kernels/cpu/attention_decode.h"

#include <cmath>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/attention_decode.cc"
#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include "core/parallel.h"
#include "kernels/cpu/dot_tile-inl.h"
#include "kernels/cpu/simd-inl.h"
#include "kernels/cpu/threading.h"
#include "kernels/cpu/tile_product-inl.h"

HWY_BEFORE_NAMESPACE();
namespace radlads::kernels::cpu::HWY_NAMESPACE {

constexpr int64_t kDecodeKeys = 512;  // of a block

int64_t attention_decode_keys() { return kDecodeKeys; }

/// What a block leaves for each head: its values' sum, [N], top and sum.
HWY_INLINE int64_t partial_floats(int64_t N) { return N + 2; }

/// Keys and values of one head, from a block's first key on.
struct DecodeBlock {
  const float* k;
  const float* v;
  int64_t stride_t, N, num_keys;
};

/// Prefetches the key and the value that will be needed kKeysAhead keys later. The processor's own
/// prefetching stops at the end of a page.
HWY_INLINE void prefetch_ahead(const DecodeBlock& block, int64_t key) {
  constexpr int64_t kKeysAhead = 16, kCacheLineFloats = 16;
  const int64_t offset = std::min(key + kKeysAhead, block.num_keys - 1) * block.stride_t;
  for (int64_t n = 0; n < block.N; n += kCacheLineFloats) {
    hwy::Prefetch(block.k + offset + n);
    hwy::Prefetch(block.v + offset + n);
  }
}

/// scores[c * kDecodeKeys + key] = q_c . k_key; up to three elements after the last key are written, too.
template <int64_t kHeads>
HWY_INLINE void decode_scores(const DecodeBlock& block, const float* q, int64_t q_stride_h, float* scores) {
  for (int64_t key = 0; key < block.num_keys; key += kQuad) {
    const float* rows[kQuad];
    for (int64_t r = 0; r < kQuad; ++r) {
      rows[r] = block.k + std::min(key + r, block.num_keys - 1) * block.stride_t;
      prefetch_ahead(block, key + r);
    }
    dot_tile<kHeads>(
        block.N, [&](int64_t r, int64_t i, int64_t count) HWY_ATTR { return load_up_to(rows[r] + i, count); },
        q, q_stride_h, scores + key, kDecodeKeys);
  }
}

struct PartialSoftmax {
  float top, sum;
};

/// Turns scores, [num_keys], into e^(scale * score - top).
HWY_INLINE PartialSoftmax decode_softmax(int64_t num_keys, float scale, float* scores) {
  const Floats d;
  const VF factor = hn::Set(d, scale), lowest = hn::Set(d, -std::numeric_limits<float>::infinity());
  VF tops = lowest, sums = hn::Zero(d);
  for_each_vector(0, num_keys,
                  [&](auto load, auto store) HWY_ATTR { store(hn::Mul(load(scores), factor), scores); });
  for_each_vector(0, num_keys, lowest, [&](auto load, auto) HWY_ATTR { tops = hn::Max(tops, load(scores)); });
  const VF top = hn::Set(d, max_lanes(tops));
  for_each_vector(0, num_keys, lowest, [&](auto load, auto store) HWY_ATTR {
    const VF p = exp(hn::Sub(load(scores), top));
    store(p, scores);
    sums = hn::Add(sums, p);
  });
  return {hn::GetLane(top), sum_lanes(sums)};
}

/// output[c * output_stride + n] = sum_key p[c * kDecodeKeys + key] v_key[n]
template <int64_t kHeads>
HWY_INLINE void decode_values(const DecodeBlock& block, const float* p, float* output,
                              int64_t output_stride) {
  matrix_product(kHeads, block.N, block.num_keys, {p, kDecodeKeys, 1}, block.v, block.stride_t,
                 [&](int64_t c, int64_t n, int64_t valid, VF sum)
                     HWY_ATTR { store_up_to(sum, output + c * output_stride + n, valid); });
}

template <int64_t kHeads>
HWY_INLINE void decode_heads(const DecodeBlock& block, float scale, const float* q, int64_t q_stride_h,
                             float* partials) {
  const int64_t stride = partial_floats(block.N);
  HWY_ALIGN float scores[kHeads * kDecodeKeys];
  decode_scores<kHeads>(block, q, q_stride_h, scores);
  for (int64_t c = 0; c < kHeads; ++c) {
    const PartialSoftmax softmax = decode_softmax(block.num_keys, scale, scores + c * kDecodeKeys);
    partials[c * stride + block.N] = softmax.top;
    partials[c * stride + block.N + 1] = softmax.sum;
  }
  decode_values<kHeads>(block, scores, partials, stride);
}

/// One key/value head of one sequence, keys `begin` and on. `partials` is [G,N + 2]: values' sum, top, sum.
void attention_decode_block(const AttentionInputs& inputs, const AttentionSequence& sequence, int64_t kv_head,
                            int64_t begin, float* partials) {
  const int64_t offset = begin * inputs.kv_stride_t + kv_head * inputs.kv_stride_h;
  const DecodeBlock block{sequence.k + offset, sequence.v + offset, inputs.kv_stride_t, inputs.N,
                          std::min(kDecodeKeys, sequence.num_keys - begin)};
  const int64_t G = inputs.H / inputs.Hkv;
  const float* q = inputs.q + sequence.query_begin * inputs.q_stride_t + kv_head * G * inputs.q_stride_h;
  int64_t g = 0;
  const auto run = [&](auto heads) HWY_ATTR {
    constexpr int64_t kHeads = decltype(heads)::value;
    for (; g + kHeads <= G; g += kHeads) {
      decode_heads<kHeads>(block, inputs.scale, q + g * inputs.q_stride_h, inputs.q_stride_h,
                           partials + g * partial_floats(inputs.N));
    }
  };
  run(std::integral_constant<int64_t, kDotVectors>());
  if constexpr (kDotVectors == 4) {
    run(std::integral_constant<int64_t, 3>());
    run(std::integral_constant<int64_t, 2>());
  }
  run(std::integral_constant<int64_t, 1>());
}

/// Merges `num_blocks` partial softmaxes of one head, `stride` floats apart, into o, [N]. Returns the log of
/// the sum.
float attention_decode_merge(const float* partials, int64_t num_blocks, int64_t stride, int64_t N, float* o) {
  float top = -std::numeric_limits<float>::infinity(), sum = 0;
  for (int64_t b = 0; b < num_blocks; ++b) top = std::max(top, partials[b * stride + N]);
  const auto weight = [&](int64_t b) { return std::exp(partials[b * stride + N] - top); };
  for (int64_t b = 0; b < num_blocks; ++b) sum += weight(b) * partials[b * stride + N + 1];
  std::fill_n(o, N, 0.0f);
  for (int64_t b = 0; b < num_blocks; ++b) {
    const VF share = hn::Set(Floats(), weight(b) / sum);
    for_each_vector(0, N, [&](auto load, auto store) HWY_ATTR {
      store(hn::MulAdd(load(partials + b * stride), share, load(o)), o);
    });
  }
  return top + std::log(sum);
}

}  // namespace radlads::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace radlads::kernels::cpu {

HWY_EXPORT(attention_decode_keys);
HWY_EXPORT(attention_decode_block);
HWY_EXPORT(attention_decode_merge);

void attention_decode(Context& context, const AttentionInputs& inputs, const AttentionOutputs& outputs) {
  const int64_t block_keys = HWY_DYNAMIC_DISPATCH(attention_decode_keys)();
  const auto blocks_of = [&](const AttentionSequence& sequence) {
    return sequence.num_queries == 1 ? (sequence.num_keys + block_keys - 1) / block_keys : 0;
  };
  int64_t max_blocks = 0, work = 0;
  for (const AttentionSequence& sequence : inputs.sequences) {
    max_blocks = std::max(max_blocks, blocks_of(sequence));
    if (sequence.num_queries == 1) work += sequence.num_keys * inputs.H * inputs.N;
  }
  if (max_blocks == 0) return;
  const auto num_sequences = static_cast<int64_t>(inputs.sequences.size());
  const int64_t H = inputs.H, Hkv = inputs.Hkv, N = inputs.N, head_floats = N + 2,
                block_floats = H * head_floats;
  float* partials =  // [sequence,block,H,N + 2]
      context.workspace.floats(static_cast<size_t>(num_sequences * max_blocks * block_floats)).data();
  parallel_items(num_sequences * max_blocks * Hkv, threads_for(context, work), [&](int64_t item) {
    const AttentionSequence& sequence = inputs.sequences[item / (max_blocks * Hkv)];
    const int64_t block = item / Hkv % max_blocks, kv_head = item % Hkv;
    if (block >= blocks_of(sequence)) return;
    float* to = partials + item / Hkv * block_floats + kv_head * (H / Hkv) * head_floats;
    HWY_DYNAMIC_DISPATCH(attention_decode_block)(inputs, sequence, kv_head, block * block_keys, to);
  });
  parallel_items(num_sequences * H, threads_for(context, num_sequences * max_blocks * block_floats),
                 [&](int64_t item) {
                   const AttentionSequence& sequence = inputs.sequences[item / H];
                   if (sequence.num_queries != 1) return;
                   const int64_t h = item % H, row = sequence.query_begin * H + h;
                   const float* from = partials + item / H * max_blocks * block_floats + h * head_floats;
                   const float log_sum_exp = HWY_DYNAMIC_DISPATCH(attention_decode_merge)(
                       from, blocks_of(sequence), block_floats, N, outputs.o + row * N);
                   if (outputs.log_sum_exp != nullptr) outputs.log_sum_exp[row] = log_sum_exp;
                 });
}

}  // namespace radlads::kernels::cpu
#endif  // HWY_ONCE
