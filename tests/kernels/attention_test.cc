#include "kernels/attention.h"

#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "core/error.h"
#include "kernels/each_target.h"
#include "kernels/output.h"
#include "kernels/reference.h"
#include "support/expect_close.h"
#include "support/numeric_gradient.h"
#include "support/random_floats.h"

namespace radlads::kernels {
namespace {

constexpr double kBound = 5e-6;
constexpr double kGradientBound = 1e-5;

struct Lengths {
  int64_t queries = 0, keys = 0;
};

/// Tensors of concatenated sequences, and views of them. Keys and values are [sum of
/// keys,Hkv,N].
struct Case {
  Case(int64_t H, int64_t Hkv, int64_t N, std::vector<Lengths> sequence_lengths, double spread = 1.0)
      : lengths(std::move(sequence_lengths)) {
    int64_t keys = 0;
    for (const Lengths& length : lengths) rows += length.queries, keys += length.keys;
    q = random_floats("q", rows * H * N, spread);
    k = random_floats("k", keys * Hkv * N, spread);
    v = random_floats("v", keys * Hkv * N);
    inputs = {.H = H, .Hkv = Hkv, .N = N, .scale = 1 / std::sqrt(static_cast<float>(N))};
    inputs.q_stride_t = H * N, inputs.q_stride_h = N;
    inputs.kv_stride_t = Hkv * N, inputs.kv_stride_h = N;
    view();
  }

  Case(const Case&) = delete;

  /// Points the inputs at the tensors (again).
  void view() {
    sequences.clear();
    int64_t query = 0, key = 0;
    for (const Lengths& length : lengths) {
      const int64_t offset = key * inputs.kv_stride_t;
      sequences.push_back({query, length.queries, k.data() + offset, v.data() + offset, length.keys});
      query += length.queries, key += length.keys;
    }
    inputs.q = q.data();
    inputs.sequences = sequences;
  }

  std::vector<Lengths> lengths;
  int64_t rows = 0;
  Values q, k, v;
  std::vector<AttentionSequence> sequences;
  AttentionInputs inputs;
};

/// o, log_sum_exp by the definition, in double.
struct Reference {
  Doubles o, log_sum_exp;
};

template <class Q, class K, class V>
Reference reference_forward(const AttentionInputs& in, const Q& q, const K& k, const V& v,
                            const std::vector<Lengths>& lengths, int64_t rows) {
  Reference result{Doubles(rows * in.H * in.N), Doubles(rows * in.H)};
  int64_t query = 0, key = 0;
  for (const Lengths& length : lengths) {
    for (int64_t i = 0; i < length.queries * in.H; ++i) {
      const int64_t row = query * in.H + i, g = i % in.H / (in.H / in.Hkv);
      const int64_t seen = length.keys - length.queries + i / in.H + 1;
      const auto at = [&](int64_t j) { return ((key + j) * in.Hkv + g) * in.N; };
      Doubles p(seen);
      double top = -std::numeric_limits<double>::infinity(), sum = 0;
      for (int64_t j = 0; j < seen; ++j) {
        for (int64_t n = 0; n < in.N; ++n) p[j] += in.scale * q[row * in.N + n] * k[at(j) + n];
        top = std::max(top, p[j]);
      }
      for (double& score : p) sum += score = std::exp(score - top);
      for (int64_t j = 0; j < seen; ++j) {
        for (int64_t n = 0; n < in.N; ++n) result.o[row * in.N + n] += p[j] / sum * v[at(j) + n];
      }
      result.log_sum_exp[row] = top + std::log(sum);
    }
    query += length.queries, key += length.keys;
  }
  return result;
}

struct ReferenceGradients {
  Doubles dq, dk, dv;
};

/// The gradients of sum(o * d_o) by the definition; every sequence has as many keys as queries.
ReferenceGradients reference_backward(const Case& c, const Values& d_o) {
  const AttentionInputs& in = c.inputs;
  const Reference forward = reference_forward(in, c.q, c.k, c.v, c.lengths, c.rows);
  ReferenceGradients grads{Doubles(c.q.size()), Doubles(c.k.size()), Doubles(c.k.size())};
  int64_t first = 0;
  for (const Lengths& length : c.lengths) {
    for (int64_t i = 0; i < length.queries * in.H; ++i) {
      const int64_t row = (first * in.H + i) * in.N, g = i % in.H / (in.H / in.Hkv);
      double delta = 0;
      for (int64_t n = 0; n < in.N; ++n) delta += d_o[row + n] * forward.o[row + n];
      for (int64_t j = 0; j <= i / in.H; ++j) {
        const int64_t key = ((first + j) * in.Hkv + g) * in.N;
        double score = 0, d_p = 0;
        for (int64_t n = 0; n < in.N; ++n) {
          score += in.scale * static_cast<double>(c.q[row + n]) * c.k[key + n];
          d_p += static_cast<double>(d_o[row + n]) * c.v[key + n];
        }
        const double p = std::exp(score - forward.log_sum_exp[row / in.N]),
                     d_score = in.scale * p * (d_p - delta);
        for (int64_t n = 0; n < in.N; ++n) {
          grads.dv[key + n] += p * d_o[row + n];
          grads.dk[key + n] += d_score * c.q[row + n];
          grads.dq[row + n] += d_score * c.k[key + n];
        }
      }
    }
    first += length.queries;
  }
  return grads;
}

struct Outputs {
  Values o, log_sum_exp;
};

Outputs run_forward(const Case& c, int threads = 1) {
  Output o(std::ssize(c.q)), log_sum_exp(c.rows * c.inputs.H);
  Context context{.num_threads = threads};
  attention_forward(context, c.inputs, {o.data(), log_sum_exp.data()});
  return {o.values(), log_sum_exp.values()};
}

void expect_forward(const Case& c) {
  const Reference want = reference_forward(c.inputs, c.q, c.k, c.v, c.lengths, c.rows);
  const Outputs got = run_forward(c);
  EXPECT_TRUE(is_close(got.o, floats(want.o), kBound)) << "N " << c.inputs.N << " H " << c.inputs.H;
  EXPECT_TRUE(is_close(got.log_sum_exp, floats(want.log_sum_exp), kBound));
}

constexpr int64_t kHeadSizes[] = {2, 8, 12, 14, 16, 24, 32, 64, 80, 100, 128};

TEST(AttentionForward, EqualsTheFormulaForEveryHeadSize) {
  for_each_target([] {
    for (const int64_t N : kHeadSizes)
      expect_forward({6, 2, N, {{37, 37}, {0, 0}, {1, 1}, {5, 70}, {1, 600}}});
  });
}

TEST(AttentionForward, EqualsTheFormulaForEveryGroup) {
  for_each_target([] {
    for (const int64_t H : {1, 2, 3, 5, 7, 12}) {
      expect_forward({H, 1, 16, {{17, 17}, {130, 130}, {2, 9}, {1, 33}, {3, 300}}});
    }
  });
}

TEST(AttentionForward, ReadsAnyStrides) {
  for_each_target([] {
    // Heads outermost in q and k; kernel and formula see the same numbers in another order.
    const int64_t H = 4, Hkv = 2, N = 24, T = 20;
    Case c(H, Hkv, N, {{T, T}});
    const Outputs want = run_forward(c);
    Values q(c.q.size()), k(c.k.size()), v(c.v.size());
    for (int64_t t = 0; t < T; ++t) {
      for (int64_t n = 0; n < N; ++n) {
        for (int64_t h = 0; h < H; ++h) q[(h * T + t) * N + n] = c.q[(t * H + h) * N + n];
        for (int64_t h = 0; h < Hkv; ++h) {
          k[(h * T + t) * N + n] = c.k[(t * Hkv + h) * N + n];
          v[(h * T + t) * N + n] = c.v[(t * Hkv + h) * N + n];
        }
      }
    }
    c.q = q, c.k = k, c.v = v;
    c.inputs.q_stride_t = N, c.inputs.q_stride_h = T * N;
    c.inputs.kv_stride_t = N, c.inputs.kv_stride_h = T * N;
    c.view();
    EXPECT_EQ(run_forward(c).o, want.o);
  });
}

TEST(AttentionForward, OneDominatingKeyGivesItsValue) {
  for_each_target([] {
    for (const int64_t queries : {1, 40}) {
      Case c(2, 1, 16, {{queries, 700}}, 0.01);
      std::fill(c.q.begin(), c.q.end(), 100.0f);
      std::fill_n(c.k.begin() + 300 * 16, 16, 100.0f);  // scores of 4e4 here, of about 1 elsewhere
      const Outputs run = run_forward(c);
      for (int64_t i = 0; i < queries * 2 * 16; ++i) ASSERT_EQ(run.o[i], c.v[300 * 16 + i % 16]);
      for (const float lse : run.log_sum_exp) ASSERT_EQ(lse, 4e4f);
    }
  });
}

TEST(AttentionForward, LargeNegativeScoresDoNotUnderflow) {
  for_each_target([] {
    for (const int64_t queries : {1, 40}) {
      Case c(1, 1, 16, {{queries, 40}});
      std::fill(c.q.begin(), c.q.end(), 64.0f);
      for (float& k : c.k) k = -64 + std::round(4 * k) / 64;  // scores near -16384, exact in float32
      expect_forward(c);
    }
  });
}

TEST(AttentionForward, ResultsDoNotDependOnThreads) {
  const Case c(6, 2, 32, {{200, 200}, {0, 3}, {64, 300}, {1, 5000}, {1, 1}});
  const Outputs one = run_forward(c, 1), two = run_forward(c, 2), five = run_forward(c, 5);
  EXPECT_EQ(one.o, two.o);
  EXPECT_EQ(one.o, five.o);
  EXPECT_EQ(one.log_sum_exp, two.log_sum_exp);
}

TEST(AttentionForward, ChunksEqualTheWhole) {
  for_each_target([] {
    const Case whole(4, 2, 16, {{90, 90}});
    const Outputs want = run_forward(whole);
    Output o(std::ssize(whole.q));
    for (int64_t begin = 0;
         begin < 90;) {  // chunks of 1, 2, 3, ... tokens: as decoding and prefilling make them
      const int64_t size = std::min(90 - begin, begin / 8 + 1);
      AttentionInputs inputs = whole.inputs;
      const AttentionSequence chunk{begin, size, whole.k.data(), whole.v.data(), begin + size};
      inputs.sequences = {&chunk, 1};
      Context context;
      attention_forward(context, inputs, {o.data(), nullptr});
      begin += size;
    }
    EXPECT_TRUE(is_close(o.values(), want.o, kBound));
  });
}

TEST(AttentionReference, BackwardEqualsFiniteDifferences) {
  const Case c(4, 2, 8, {{5, 5}, {1, 1}});
  const auto d_o = random_floats("d_o", c.q.size());
  Doubles q = doubles(c.q), k = doubles(c.k), v = doubles(c.v);
  const auto loss = [&] { return dot(reference_forward(c.inputs, q, k, v, c.lengths, c.rows).o, d_o); };
  const ReferenceGradients got = reference_backward(c, d_o);
  EXPECT_TRUE(is_close(floats(got.dq), numeric_gradient(q, loss), 1e-6));
  EXPECT_TRUE(is_close(floats(got.dk), numeric_gradient(k, loss), 1e-6));
  EXPECT_TRUE(is_close(floats(got.dv), numeric_gradient(v, loss), 1e-6));
}

struct Gradients {
  Values dq, dk, dv;
};

Gradients run_backward(const Case& c, const Values& d_o, int threads = 1) {
  const Outputs forward = run_forward(c, threads);
  Output dq(std::ssize(c.q)), dk(std::ssize(c.k)), dv(std::ssize(c.k));
  Context context{.num_threads = threads};
  attention_backward(
      context, c.inputs,
      {forward.o.data(), forward.log_sum_exp.data(), d_o.data(), dq.data(), dk.data(), dv.data()});
  return {dq.values(), dk.values(), dv.values()};
}

void expect_backward(const Case& c) {
  const auto d_o = random_floats("d_o", c.q.size());
  const ReferenceGradients want = reference_backward(c, d_o);
  const Gradients got = run_backward(c, d_o);
  EXPECT_TRUE(is_close(got.dq, floats(want.dq), kGradientBound)) << "N " << c.inputs.N << " H " << c.inputs.H;
  EXPECT_TRUE(is_close(got.dk, floats(want.dk), kGradientBound)) << "N " << c.inputs.N << " H " << c.inputs.H;
  EXPECT_TRUE(is_close(got.dv, floats(want.dv), kGradientBound)) << "N " << c.inputs.N << " H " << c.inputs.H;
}

TEST(AttentionBackward, EqualsTheFormula) {
  for_each_target([] {
    for (const int64_t N : kHeadSizes) expect_backward({6, 2, N, {{37, 37}, {0, 0}, {1, 1}, {70, 70}}});
    for (const int64_t H : {1, 2, 3, 5, 7, 12}) expect_backward({H, 1, 16, {{17, 17}, {130, 130}, {2, 2}}});
  });
}

TEST(AttentionBackward, ResultsDoNotDependOnThreads) {
  const Case c(6, 2, 32, {{100, 100}, {0, 0}, {31, 31}, {200, 200}});
  const auto d_o = random_floats("d_o", c.q.size());
  const Gradients one = run_backward(c, d_o, 1), two = run_backward(c, d_o, 2);
  EXPECT_EQ(one.dq, two.dq);
  EXPECT_EQ(one.dk, two.dk);
  EXPECT_EQ(one.dv, two.dv);
}

TEST(AttentionBackward, CachesAreRefused) {
  const Case c(1, 1, 8, {{2, 3}});
  Context context;
  EXPECT_THROW(attention_backward(context, c.inputs, {}), InternalError);
}

}  // namespace
}  // namespace radlads::kernels
