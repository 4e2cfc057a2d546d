// One forward pass: the concatenated tokens of all its sequences, and what the layers share.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "infer/arena.h"
#include "infer/session.h"
#include "infer/weights.h"
#include "kernels/attention.h"
#include "kernels/context.h"
#include "kernels/norm.h"
#include "kernels/token_shift.h"

namespace radlads::infer {

struct Pass {
  kernels::Context& context;
  const Weights& weights;
  SessionPool& pool;
  Arena& scratch;  // of the current layer

  int64_t M = 0;                           // tokens
  const std::vector<int64_t>& boundaries;  // [S+1] where the sequences are in [0,M]
  const std::vector<int32_t>& slots;       // [S] in the pool
  const float* cos = nullptr;              // [M,N/2]
  const float* sin = nullptr;              // [M,N/2]
  float* v_first = nullptr;                // [M,Hkv,N] the first layer's values, if a later layer needs them
  bool keeps_states = true;                // whether the states of the sessions are updated
  std::vector<kernels::AttentionSequence>& attention_sequences;  // kept from pass to pass for its memory

  const ModelConfig& config() const { return weights.config(); }

  /// y = norm(x), both [M,C]; y may be x.
  void norm(const Norm& affine, const float* x, float* y) const { run_norm(affine, x, nullptr, nullptr, y); }

  /// x += delta; y = norm(x)
  void add_norm(const Norm& affine, const float* delta, float* x, float* y) const {
    run_norm(affine, x, delta, x, y);
  }

  /// Where the token before each sequence's first is: in the state `index` of the layer.
  kernels::ShiftSource shift_source(int64_t layer, size_t index) const {
    return {.M = M,
            .C = config().C,
            .boundaries = boundaries,
            .shift = pool.states(layer, index),
            .state_slots = slots};
  }

  /// Every sequence's last row of x [M,C] becomes its state `index`, if the pass updates states.
  void carry_last_rows(int64_t layer, size_t index, const float* x) {
    if (!keeps_states) return;
    const int64_t C = config().C;
    for (size_t s = 0; s < slots.size(); ++s) {
      if (boundaries[s] == boundaries[s + 1]) continue;
      std::copy_n(x + (boundaries[s + 1] - 1) * C, C, pool.states(layer, index) + slots[s] * C);
    }
  }

  /// x W^T + bias of all tokens, [M,out], in scratch memory.
  float* linear(const Matrix& matrix, const float* x) const {
    float* y = scratch.floats(M * matrix.out);
    linear(matrix, x, y);
    return y;
  }

  void linear(const Matrix& matrix, const float* x, float* y, bool accumulate = false) const {
    kernels::linear(context, {.M = M,
                              .in = matrix.in,
                              .out = matrix.out,
                              .x = x,
                              .W = matrix.data,
                              .dtype = matrix.dtype,
                              .bias = matrix.bias,
                              .compute = weights.compute,
                              .accumulate = accumulate,
                              .y = y});
  }

 private:
  void run_norm(const Norm& affine, const float* x, const float* delta, float* sum, float* y) const {
    const auto eps = static_cast<float>(config().norm_eps);
    if (affine.bias == nullptr) {
      kernels::rms_norm_forward(context, {.rows = M,
                                          .width = config().C,
                                          .eps = eps,
                                          .x = x,
                                          .delta = delta,
                                          .weight = affine.weight,
                                          .sum = sum,
                                          .y = y});
    } else {
      kernels::group_norm_forward(context, {.rows = M,
                                            .H = 1,
                                            .N = config().C,
                                            .eps = eps,
                                            .x = x,
                                            .weight = affine.weight,
                                            .bias = affine.bias,
                                            .y = y,
                                            .delta = delta,
                                            .sum = sum});
    }
  }
};

}  // namespace radlads::infer
