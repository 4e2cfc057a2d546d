#include "kernels/ref/wkv6.h"

#include <cmath>

#include "kernels/ref/sequences.h"

namespace radlads::kernels::ref {
namespace {

using Vector = std::vector<double>;

/// The rows of one token and head, as the equations name them. k is k'.
struct Token {
  Vector q, w, k, v;
  double scale;

  Token(const Wkv6Inputs& x, int64_t b, int64_t t, int64_t h)
      : q(row_of(x.q, x.H, x.N, b, t, h)),
        w(row_of(x.lw, x.H, x.N, b, t, h)),
        k(row_of(x.k, x.H, x.N, b, t, h)),
        v(row_of(x.v, x.H, x.N, b, t, h)),
        scale(1 / std::sqrt(static_cast<double>(x.N))) {
    for (int64_t n = 0; n < x.N; ++n) {
      w[n] = std::exp(w[n]);
      if (x.balance) k[n] *= 1 - w[n];
    }
  }
};

/// S_t from S_{t-1}
Vector advance(const Token& token, const Vector& before) {
  const size_t N = token.k.size();
  Vector after(N * N);
  for (size_t i = 0; i < N; ++i)
    for (size_t j = 0; j < N; ++j)
      after[i * N + j] = token.w[i] * before[i * N + j] + token.k[i] * token.v[j];
  return after;
}

/// The gradients of one token's rows; dk is that of k'.
struct TokenGradient {
  Vector dq, dw, dk, dv;
};

/// D: the gradient of S_t from what follows; becomes that of S_{t-1}.
TokenGradient backward(const Token& token, const Vector& before, const Vector& after, const Vector& d_o,
                       Vector& D) {
  const size_t N = token.k.size();
  TokenGradient g{Vector(N), Vector(N), Vector(N), Vector(N)};
  for (size_t i = 0; i < N; ++i) {
    for (size_t j = 0; j < N; ++j) {
      const size_t ij = i * N + j;
      D[ij] += token.scale * token.q[i] * d_o[j];
      g.dq[i] += token.scale * after[ij] * d_o[j];
      g.dk[i] += D[ij] * token.v[j];
      g.dv[j] += D[ij] * token.k[i];
      g.dw[i] += D[ij] * before[ij];
      D[ij] *= token.w[i];
    }
  }
  return g;
}

/// Adds a token's gradients to those of the inputs.
void add_gradients(const Wkv6Inputs& x, const Token& token, const TokenGradient& g, int64_t b, int64_t t,
                   int64_t h, Wkv6ResultGradients& out) {
  const Vector k_in = row_of(x.k, x.H, x.N, b, t, h);
  double* dq = row_of(out.dq, x.H, x.H, x.T, x.N, b, t, h);
  double* dlw = row_of(out.dlw, x.H, x.H, x.T, x.N, b, t, h);
  double* dk = row_of(out.dk, x.k.heads, x.H, x.T, x.N, b, t, h);
  double* dv = row_of(out.dv, x.v.heads, x.H, x.T, x.N, b, t, h);
  for (int64_t n = 0; n < x.N; ++n) {
    dq[n] = g.dq[n];
    dv[n] += g.dv[n];
    dk[n] += x.balance ? g.dk[n] * (1 - token.w[n]) : g.dk[n];
    dlw[n] = token.w[n] * (x.balance ? g.dw[n] - g.dk[n] * k_in[n] : g.dw[n]);
  }
}

}  // namespace

Wkv6Result wkv6_forward(const Wkv6Inputs& x) {
  const auto sequences = sequences_of(x);
  Wkv6Result result{Vector(x.B * x.T * x.H * x.N), Vector(num_slots(sequences) * x.H * x.N * x.N)};
  for (const Sequence& sequence : sequences) {
    for (int64_t h = 0; h < x.H; ++h) {
      Vector state = state_of(x.s0, sequence, x.H, x.N, h);
      for (int64_t t = sequence.begin; t < sequence.end; ++t) {
        const Token token(x, sequence.row, t, h);
        state = advance(token, state);
        double* o = row_of(result.o, x.H, x.H, x.T, x.N, sequence.row, t, h);
        for (int64_t i = 0; i < x.N; ++i)
          for (int64_t j = 0; j < x.N; ++j) o[j] += token.scale * state[i * x.N + j] * token.q[i];
      }
      store_state(state, sequence, x.H, x.N, h, result.sT);
    }
  }
  return result;
}

Wkv6ResultGradients wkv6_backward(const Wkv6Inputs& x, const HeadsIn& d_o, const float* d_sT) {
  const auto sequences = sequences_of(x);
  const int64_t rows = x.B * x.T;
  Wkv6ResultGradients out{Vector(rows * x.H * x.N), Vector(rows * x.k.heads * x.N),
                          Vector(rows * x.v.heads * x.N), Vector(rows * x.H * x.N),
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
