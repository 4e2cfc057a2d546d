#include "kernels/ref/wkv7.h"

#include <cmath>

#include "kernels/ref/sequences.h"

namespace radlads::kernels::ref {
namespace {

using Vector = std::vector<double>;

/// The rows of one token and head, as the equations name them. k is k'.
struct Token {
  Vector r, w, k, v, kk, a;

  Token(const Wkv7Inputs& x, int64_t b, int64_t t, int64_t h)
      : r(row_of(x.r, x.H, x.N, b, t, h)),
        w(row_of(x.lw, x.H, x.N, b, t, h)),
        k(row_of(x.k, x.H, x.N, b, t, h)),
        v(row_of(x.v, x.H, x.N, b, t, h)),
        kk(row_of(x.kk, x.H, x.N, b, t, h)),
        a(row_of(x.a, x.H, x.N, b, t, h)) {
    for (int64_t n = 0; n < x.N; ++n) {
      w[n] = std::exp(w[n]);
      if (x.balance) k[n] *= 1 - w[n] + a[n];
    }
  }
};

/// S kk
Vector times_kk(const Token& token, const Vector& state) {
  const size_t N = token.k.size();
  Vector sa(N);
  for (size_t i = 0; i < N; ++i)
    for (size_t j = 0; j < N; ++j) sa[i] += state[i * N + j] * token.kk[j];
  return sa;
}

/// S_t from S_{t-1}
Vector advance(const Token& token, const Vector& before) {
  const size_t N = token.k.size();
  const Vector sa = times_kk(token, before);
  Vector after(N * N);
  for (size_t i = 0; i < N; ++i) {
    for (size_t j = 0; j < N; ++j) {
      after[i * N + j] =
          before[i * N + j] * token.w[j] - sa[i] * token.kk[j] * token.a[j] + token.v[i] * token.k[j];
    }
  }
  return after;
}

/// The gradients of one token's rows; dk is that of k'.
struct TokenGradient {
  Vector dr, dw, dk, dv, dkk, da;
};

/// D: the gradient of S_t from what follows; becomes that of S_{t-1}.
TokenGradient backward(const Token& token, const Vector& before, const Vector& after, const Vector& d_o,
                       Vector& D) {
  const size_t N = token.k.size();
  const Vector sa = times_kk(token, before);
  TokenGradient g{Vector(N), Vector(N), Vector(N), Vector(N), Vector(N), Vector(N)};
  Vector d_sa(N);
  for (size_t i = 0; i < N; ++i) {
    for (size_t j = 0; j < N; ++j) {
      const size_t ij = i * N + j;
      D[ij] += d_o[i] * token.r[j];
      g.dr[j] += d_o[i] * after[ij];
      g.dw[j] += D[ij] * before[ij];
      g.dk[j] += D[ij] * token.v[i];
      g.dv[i] += D[ij] * token.k[j];
      g.dkk[j] -= D[ij] * sa[i] * token.a[j];
      g.da[j] -= D[ij] * sa[i] * token.kk[j];
      d_sa[i] -= D[ij] * token.kk[j] * token.a[j];
    }
  }
  for (size_t i = 0; i < N; ++i) {
    for (size_t j = 0; j < N; ++j) {
      g.dkk[j] += d_sa[i] * before[i * N + j];
      D[i * N + j] = D[i * N + j] * token.w[j] + d_sa[i] * token.kk[j];
    }
  }
  return g;
}

/// Adds a token's gradients to those of the inputs.
void add_gradients(const Wkv7Inputs& x, const Token& token, const TokenGradient& g, int64_t b, int64_t t,
                   int64_t h, Wkv7ResultGradients& out) {
  const Vector k_in = row_of(x.k, x.H, x.N, b, t, h);
  double* dr = row_of(out.dr, x.H, x.H, x.T, x.N, b, t, h);
  double* dlw = row_of(out.dlw, x.H, x.H, x.T, x.N, b, t, h);
  double* da = row_of(out.da, x.H, x.H, x.T, x.N, b, t, h);
  double* dk = row_of(out.dk, x.k.heads, x.H, x.T, x.N, b, t, h);
  double* dv = row_of(out.dv, x.v.heads, x.H, x.T, x.N, b, t, h);
  double* dkk = row_of(out.dkk, x.kk.heads, x.H, x.T, x.N, b, t, h);
  for (int64_t n = 0; n < x.N; ++n) {
    const double d_factor = x.balance ? g.dk[n] * k_in[n] : 0;
    dr[n] = g.dr[n];
    dlw[n] = token.w[n] * (g.dw[n] - d_factor);
    da[n] = g.da[n] + d_factor;
    dk[n] += x.balance ? g.dk[n] * (1 - token.w[n] + token.a[n]) : g.dk[n];
    dv[n] += g.dv[n];
    dkk[n] += g.dkk[n];
  }
}

}  // namespace

Wkv7Result wkv7_forward(const Wkv7Inputs& x) {
  const auto sequences = sequences_of(x);
  Wkv7Result result{Vector(x.B * x.T * x.H * x.N), Vector(num_slots(sequences) * x.H * x.N * x.N)};
  for (const Sequence& sequence : sequences) {
    for (int64_t h = 0; h < x.H; ++h) {
      Vector state = state_of(x.s0, sequence, x.H, x.N, h);
      for (int64_t t = sequence.begin; t < sequence.end; ++t) {
        const Token token(x, sequence.row, t, h);
        state = advance(token, state);
        double* o = row_of(result.o, x.H, x.H, x.T, x.N, sequence.row, t, h);
        for (int64_t i = 0; i < x.N; ++i)
          for (int64_t j = 0; j < x.N; ++j) o[i] += state[i * x.N + j] * token.r[j];
      }
      store_state(state, sequence, x.H, x.N, h, result.sT);
    }
  }
  return result;
}

Wkv7ResultGradients wkv7_backward(const Wkv7Inputs& x, const HeadsIn& d_o, const float* d_sT) {
  const auto sequences = sequences_of(x);
  const int64_t rows = x.B * x.T, whole = rows * x.H * x.N;
  Wkv7ResultGradients out{Vector(whole),
                          Vector(whole),
                          Vector(rows * x.k.heads * x.N),
                          Vector(rows * x.v.heads * x.N),
                          Vector(rows * x.kk.heads * x.N),
                          Vector(whole),
                          Vector(num_slots(sequences) * x.H * x.N * x.N)};
  for (const Sequence& sequence : sequences) {
    for (int64_t h = 0; h < x.H; ++h) {
      std::vector<Vector> states = {state_of(x.s0, sequence, x.H, x.N, h)};
      for (int64_t t = sequence.begin; t < sequence.end; ++t)
        states.push_back(advance(Token(x, sequence.row, t, h), states.back()));
      Vector D = state_of(d_sT, sequence, x.H, x.N, h);
      for (int64_t t = sequence.end - 1; t >= sequence.begin; --t) {
        const Token token(x, sequence.row, t, h);
        const int64_t step = t - sequence.begin;
        const TokenGradient g =
            backward(token, states[step], states[step + 1], row_of(d_o, x.H, x.N, sequence.row, t, h), D);
        add_gradients(x, token, g, sequence.row, t, h, out);
      }
      store_state(D, sequence, x.H, x.N, h, out.ds0);
    }
  }
  return out;
}

}  // namespace radlads::kernels::ref
