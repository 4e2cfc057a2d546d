// Both recurrences in one form, for the code that they share. With the state key-major (rows are key
// channels),
//
//   sa_t = S_{t-1}^T kk_t
//   S_t  = diag(w_t) S_{t-1} - b_t sa_t^T + k'_t v_t^T        w = e^lw, b = kk * a
//   o_t  = scale S_t^T r_t
//
// wkv6 is the case without sa, kk and a (the delta rule); its q is called r here. In s0, sT, d_sT and ds0 a
// state is key-major for wkv6 and value-major (the transpose) for wkv7.
#pragma once

#include <cstdint>
#include <span>

#include "kernels/heads.h"

namespace radlads::kernels {

struct WkvInputs {
  bool delta = false;  // wkv7
  int64_t B = 0, T = 0, H = 0, N = 0;
  HeadsIn r, lw, k, v;
  HeadsIn kk, a;  // of wkv7 alone
  bool balance = false;
  float scale = 1.0f;
  Sequences sequences;
  const float* s0 = nullptr;
  std::span<const int32_t> state_slots;

  int64_t num_sequences() const { return sequences.count(B); }

  /// Heads that share an input are one unit of the backward pass.
  int64_t num_units() const;

  /// Elements of states that the tokens touch: the cost of the passes.
  int64_t work() const { return (B * T + num_sequences()) * H * N * N; }
};

struct WkvOutputs {
  HeadsOut o;
  float* sT = nullptr;
  float* checkpoints = nullptr;
};

struct WkvGradients {
  HeadsIn d_o;
  const float* d_sT = nullptr;
  HeadsOut dr, dlw, dk, dv;
  HeadsOut dkk, da;  // of wkv7 alone
  float* ds0 = nullptr;
};

}  // namespace radlads::kernels
