// Causal softmax attention with grouped heads, over sequences of any lengths:
//
//   o_i = sum_j p_ij v_j,   p_i = softmax_j(scale q_i . k_j),   j up to and including i's own position
//
// The queries of a sequence are its last `num_queries` tokens: query i sees the keys 0 .. num_keys -
// num_queries + i. So the same call serves training (num_keys = num_queries), prefill in chunks, and decoding
// one token against a cache. Scores are never stored as [T,T]: keys are visited in blocks with a running
// maximum (Milakov & Gimelshein 2018).
#pragma once

#include <cstdint>
#include <span>

#include "kernels/context.h"
#include "kernels/heads.h"

namespace radlads::kernels {

/// Keys and values of one sequence, and which rows of the query tensor are its queries.
struct AttentionSequence {
  int64_t query_begin = 0;  // first row in q and o
  int64_t num_queries = 0;
  const float* k = nullptr;  // [num_keys,Hkv,N], strides in AttentionInputs
  const float* v = nullptr;
  int64_t num_keys = 0;  // >= num_queries
};

/// q is [M,H,N]: M rows for all sequences, N contiguous. H is a multiple of Hkv.
struct AttentionInputs {
  int64_t H = 0, Hkv = 0, N = 0;
  float scale = 1.0f;
  const float* q = nullptr;
  int64_t q_stride_t = 0, q_stride_h = 0;
  int64_t kv_stride_t = 0, kv_stride_h = 0;
  std::span<const AttentionSequence> sequences;
};

/// o is contiguous [M,H,N]; log_sum_exp [M,H] of the scaled scores, needed by the backward pass, or null.
struct AttentionOutputs {
  float* o = nullptr;
  float* log_sum_exp = nullptr;
};

/// For training: every sequence has num_keys == num_queries, and k, v are rows of tensors [M,Hkv,N] whose
/// gradients have the same strides, beginning at row query_begin. All gradients are overwritten.
struct AttentionGradients {
  const float* o = nullptr;            // contiguous [M,H,N]
  const float* log_sum_exp = nullptr;  // [M,H]
  const float* d_o = nullptr;          // contiguous [M,H,N]
  float* dq = nullptr;                 // strides of q
  float* dk = nullptr;                 // strides of k
  float* dv = nullptr;
};

void attention_forward(Context& context, const AttentionInputs& inputs, const AttentionOutputs& outputs);

void attention_backward(Context& context, const AttentionInputs& inputs, const AttentionGradients& gradients);

}  // namespace radlads::kernels
