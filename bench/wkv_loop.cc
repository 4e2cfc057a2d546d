// The equations of kernels/wkv6.h and wkv7.h as written there, one after the other, each sum in its order;
// compiled for the machine it is built on, with strict floats (CMakeLists.txt).
#include "bench/wkv_loop.h"

#include <algorithm>
#include <array>
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

constexpr int64_t kLargestN = 256;

std::array<float, kLargestN> decays(int64_t N, const Token& x) {
  std::array<float, kLargestN> w;
  for (int64_t n = 0; n < N; ++n) w[n] = std::exp(x.lw[n]);
  return w;
}

void forward6(int64_t N, const Token& x, const float* S0, float* S) {
  const auto w = decays(N, x);
  for (int64_t i = 0; i < N; ++i)
    for (int64_t j = 0; j < N; ++j) S[i * N + j] = w[i] * S0[i * N + j] + x.k[i] * x.v[j];
  const float scale = 1 / std::sqrt(static_cast<float>(N));
  for (int64_t j = 0; j < N; ++j) {
    float sum = 0;
    for (int64_t i = 0; i < N; ++i) sum += S[i * N + j] * x.r[i];
    x.o[j] = scale * sum;
  }
}

void backward6(int64_t N, const Token& x, const float* S0, const float* S, float* dS) {
  const auto w = decays(N, x);
  const float scale = 1 / std::sqrt(static_cast<float>(N));
  std::fill(x.dv, x.dv + N, 0.0f);
  for (int64_t i = 0; i < N; ++i) {
    float dq = 0, dk = 0, dw = 0;
    for (int64_t j = 0; j < N; ++j) {
      float& d = dS[i * N + j];
      dq += S[i * N + j] * x.d_o[j];
      d += scale * x.r[i] * x.d_o[j];
      dk += d * x.v[j];
      dw += d * S0[i * N + j];
      x.dv[j] += d * x.k[i];
      d *= w[i];
    }
    x.dr[i] = scale * dq;
    x.dk[i] = dk;
    x.dlw[i] = w[i] * dw;
  }
}

void forward7(int64_t N, const Token& x, const float* S0, float* S, float* sa) {
  const auto w = decays(N, x);
  for (int64_t i = 0; i < N; ++i) {
    float sum = 0;
    for (int64_t j = 0; j < N; ++j) sum += S0[i * N + j] * x.kk[j];
    sa[i] = sum;
  }
  for (int64_t i = 0; i < N; ++i) {
    for (int64_t j = 0; j < N; ++j)
      S[i * N + j] = S0[i * N + j] * w[j] - sa[i] * (x.kk[j] * x.a[j]) + x.v[i] * x.k[j];
  }
  for (int64_t i = 0; i < N; ++i) {
    float sum = 0;
    for (int64_t j = 0; j < N; ++j) sum += S[i * N + j] * x.r[j];
    x.o[i] = sum;
  }
}

void backward7(int64_t N, const Token& x, const float* S0, const float* S, const float* sa, float* dS) {
  const auto w = decays(N, x);
  for (float* gradient : {x.dr, x.dlw, x.dk, x.dkk, x.da}) std::fill(gradient, gradient + N, 0.0f);
  for (int64_t i = 0; i < N; ++i) {
    float dv = 0, dsa = 0;
    for (int64_t j = 0; j < N; ++j) {
      float& d = dS[i * N + j];
      x.dr[j] += S[i * N + j] * x.d_o[i];
      d += x.d_o[i] * x.r[j];
      x.dlw[j] += d * S0[i * N + j] * w[j];
      x.dk[j] += d * x.v[i];
      x.dkk[j] -= d * sa[i] * x.a[j];
      x.da[j] -= d * sa[i] * x.kk[j];
      dv += d * x.k[j];
      dsa -= d * x.kk[j] * x.a[j];
    }
    x.dv[i] = dv;
    for (int64_t j = 0; j < N; ++j) {
      x.dkk[j] += dsa * S0[i * N + j];
      dS[i * N + j] = dS[i * N + j] * w[j] + dsa * x.kk[j];
    }
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

  /// Memory, once: not part of the timing, for any contestant.
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
    std::copy(s0, s0 + N * N, S);
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
    float *S = scratch(), *dS = S + (T + 1) * N * N, *sa = dS + N * N;
    load_s0(head, S);
    for (int64_t t = 0; t < T; ++t) step(token(head, t), S + t * N * N, S + (t + 1) * N * N, sa + t * N);
    std::fill(dS, dS + N * N, 0.0f);
    for (int64_t t = T - 1; t >= 0; --t) {
      const float *before = S + t * N * N, *after = before + N * N;
      const Token x = token(head, t);
      delta() ? backward7(N, x, before, after, sa + t * N, dS) : backward6(N, x, before, after, dS);
    }
  }

  float* scratch() { return scratch_[static_cast<size_t>(omp_get_thread_num())].data(); }

  const Problem& p_;
  int threads_;
  Outputs y_;
  Buffer states_;                            // decoding: [B,H,N,N]
  std::vector<std::vector<float>> scratch_;  // of each thread: S [T+1,N,N], dS [N,N], sa [T,N]
};

}  // namespace

std::unique_ptr<Contestant> loop_contestant(const Problem& problem, int threads) {
  return std::make_unique<LoopContestant>(problem, threads);
}

}  // namespace radlads::bench
