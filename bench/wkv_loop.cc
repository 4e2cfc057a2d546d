// Compiled for the machine it is built on, with strict floats (CMakeLists.txt): what a compiler makes of the
// equations (kernels/wkv.h has the form used here). States are key-major [N,N] for both mixers, so that the
// forward pass has no sum along a row, which strict floats would keep the compiler from vectorising.
#include "bench/wkv_loop.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include <omp.h>

namespace radlads::bench {
namespace {

/// The rows of one token and head, [N] each; S0 is the state before the token, S the one after it (they may
/// be the same), dS the gradient of S, which the backward pass turns into that of S0.
struct Token {
  const float *r, *lw, *k, *v, *kk, *a, *d_o;
  float *o, *dr, *dlw, *dk, *dv, *dkk, *da;
};

void forward6(int64_t N, const Token& x, const float* S0, float* S) {
  const float scale = 1 / std::sqrt(static_cast<float>(N));
  std::fill(x.o, x.o + N, 0.0f);
  for (int64_t i = 0; i < N; ++i) {
    const float w = std::exp(x.lw[i]), k = x.k[i], q = scale * x.r[i];
    for (int64_t j = 0; j < N; ++j) {
      S[i * N + j] = w * S0[i * N + j] + k * x.v[j];
      x.o[j] += S[i * N + j] * q;
    }
  }
}

void backward6(int64_t N, const Token& x, const float* S0, const float* S, float* dS) {
  const float scale = 1 / std::sqrt(static_cast<float>(N));
  std::fill(x.dv, x.dv + N, 0.0f);
  for (int64_t i = 0; i < N; ++i) {
    const float w = std::exp(x.lw[i]), k = x.k[i], q = scale * x.r[i];
    float dq = 0, dk = 0, dw = 0;
    for (int64_t j = 0; j < N; ++j) {
      float& d = dS[i * N + j];
      dq += S[i * N + j] * x.d_o[j];
      d += q * x.d_o[j];
      dk += d * x.v[j];
      dw += d * S0[i * N + j];
      x.dv[j] += d * k;
      d *= w;
    }
    x.dr[i] = scale * dq;
    x.dk[i] = dk;
    x.dlw[i] = w * dw;
  }
}

void forward7(int64_t N, const Token& x, const float* S0, float* S, float* sa) {
  std::fill(sa, sa + N, 0.0f);
  for (int64_t i = 0; i < N; ++i) {
    for (int64_t j = 0; j < N; ++j) sa[j] += S0[i * N + j] * x.kk[i];
  }
  std::fill(x.o, x.o + N, 0.0f);
  for (int64_t i = 0; i < N; ++i) {
    const float w = std::exp(x.lw[i]), k = x.k[i], b = x.kk[i] * x.a[i], r = x.r[i];
    for (int64_t j = 0; j < N; ++j) {
      S[i * N + j] = w * S0[i * N + j] - b * sa[j] + k * x.v[j];
      x.o[j] += S[i * N + j] * r;
    }
  }
}

void backward7(int64_t N, const Token& x, const float* S0, const float* S, const float* sa, float* dS,
               float* dsa) {
  std::fill(x.dv, x.dv + N, 0.0f);
  std::fill(dsa, dsa + N, 0.0f);
  for (int64_t i = 0; i < N; ++i) {
    const float w = std::exp(x.lw[i]), k = x.k[i], b = x.kk[i] * x.a[i], r = x.r[i];
    float dr = 0, dk = 0, db = 0, dw = 0;
    for (int64_t j = 0; j < N; ++j) {
      float& d = dS[i * N + j];
      dr += S[i * N + j] * x.d_o[j];
      d += r * x.d_o[j];
      dk += d * x.v[j];
      db -= d * sa[j];
      dw += d * S0[i * N + j];
      x.dv[j] += d * k;
      dsa[j] -= d * b;
      d *= w;
    }
    x.dr[i] = dr;
    x.dk[i] = dk;
    x.dlw[i] = w * dw;
    x.dkk[i] = db * x.a[i];
    x.da[i] = db * x.kk[i];
  }
  for (int64_t i = 0; i < N; ++i) {
    float dkk = 0;
    for (int64_t j = 0; j < N; ++j) {
      dkk += S0[i * N + j] * dsa[j];
      dS[i * N + j] += x.kk[i] * dsa[j];
    }
    x.dkk[i] += dkk;
  }
}

class LoopContestant : public Contestant {
 public:
  LoopContestant(const Problem& problem, int threads) : p_(problem), threads_(threads), y_(problem) {}

  std::vector<Result> results(Pass pass) override { return y_.results(pass); }

  void run(Pass pass) override {
    const auto& s = p_.shape;
    prepare(pass);
#pragma omp parallel for schedule(static) num_threads(threads_)
    for (int64_t head = 0; head < s.B * s.H; ++head) {
      if (pass == Pass::kDecode) decode(head);
      if (pass == Pass::kForward) forward(head);
      if (pass == Pass::kForwardBackward) forward_backward(head);
    }
  }

 private:
  bool delta() const { return p_.mixer == Mixer::kWkv7; }

  /// Memory, once: outside of what is timed, as is everybody's.
  void prepare(Pass pass) {
    const int64_t N = p_.shape.N;
    if (pass == Pass::kDecode && states_.num_bytes() == 0) {
      states_ = Buffer(p_.s0.num_bytes());
      for (int64_t head = 0; head < p_.shape.B * p_.shape.H; ++head) {
        load_s0(head, states_.as<float>().data() + head * N * N);
      }
    }
    if (pass != Pass::kDecode && scratch_.empty()) {
      const int64_t T = pass == Pass::kForwardBackward ? p_.shape.T : 0;
      for (int thread = 0; thread < threads_; ++thread) {
        scratch_.emplace_back(static_cast<size_t>((T + 2) * N * N + (T + 1) * N));
      }
    }
  }

  void load_s0(int64_t head, float* S) const {
    const int64_t N = p_.shape.N;
    if (p_.s0.num_bytes() == 0) {
      std::fill(S, S + N * N, 0.0f);
      return;
    }
    const float* s0 = p_.s0.as<float>().data() + head * N * N;
    for (int64_t i = 0; i < N; ++i) {
      for (int64_t j = 0; j < N; ++j) S[i * N + j] = delta() ? s0[j * N + i] : s0[i * N + j];
    }
  }

  Token token(int64_t head, int64_t t) {
    const auto& s = p_.shape;
    const int64_t row = ((head / s.H * s.T + t) * s.H + head % s.H) * s.N;
    const auto in = [&](const Buffer& x) { return x.as<float>().data() + row; };
    const auto out = [&](Buffer& x) { return x.as<float>().data() + row; };
    return {in(p_.r),  in(p_.lw),  in(p_.k),    in(p_.v),   in(p_.kk),  in(p_.a),    in(p_.d_o),
            out(y_.o), out(y_.dr), out(y_.dlw), out(y_.dk), out(y_.dv), out(y_.dkk), out(y_.da)};
  }

  void step(const Token& x, const float* S0, float* S, float* sa) {
    delta() ? forward7(p_.shape.N, x, S0, S, sa) : forward6(p_.shape.N, x, S0, S);
  }

  void decode(int64_t head) {
    const int64_t N = p_.shape.N;
    std::vector<float> sa(static_cast<size_t>(N));
    float* S = states_.as<float>().data() + head * N * N;
    step(token(head, 0), S, S, sa.data());
  }

  void forward(int64_t head) {
    const int64_t N = p_.shape.N;
    float *S = scratch(), *sa = S + N * N;
    load_s0(head, S);
    for (int64_t t = 0; t < p_.shape.T; ++t) step(token(head, t), S, S, sa);
  }

  void forward_backward(int64_t head) {
    const int64_t N = p_.shape.N, T = p_.shape.T;
    float *S = scratch(), *dS = S + (T + 1) * N * N, *sa = dS + N * N, *dsa = sa + T * N;
    load_s0(head, S);
    for (int64_t t = 0; t < T; ++t) step(token(head, t), S + t * N * N, S + (t + 1) * N * N, sa + t * N);
    std::fill(dS, dS + N * N, 0.0f);
    for (int64_t t = T - 1; t >= 0; --t) {
      const float *before = S + t * N * N, *after = before + N * N;
      const Token x = token(head, t);
      delta() ? backward7(N, x, before, after, sa + t * N, dS, dsa) : backward6(N, x, before, after, dS);
    }
  }

  float* scratch() { return scratch_[static_cast<size_t>(omp_get_thread_num())].data(); }

  const Problem& p_;
  int threads_;
  Outputs y_;
  Buffer states_;                            // decoding: [B,H,N,N]
  std::vector<std::vector<float>> scratch_;  // of each thread: S [T+1,N,N], dS [N,N], sa [T,N], dsa [N]
};

}  // namespace

std::unique_ptr<Contestant> loop_contestant(const Problem& problem, int threads) {
  return std::make_unique<LoopContestant>(problem, threads);
}

}  // namespace radlads::bench
