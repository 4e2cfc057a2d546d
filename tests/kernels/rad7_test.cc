#include "kernels/rad7.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "kernels/each_target.h"
#include "kernels/output.h"
#include "kernels/reference.h"
#include "support/expect_close.h"
#include "support/numeric_gradient.h"
#include "support/random_floats.h"

namespace radlads::kernels {
namespace {

constexpr double kBound = 2e-6;
constexpr double kGradientBound = 1e-5;

struct Shape {
  int64_t M, H, Hkv, N;
  bool balance, rope, first_layer;

  int64_t A() const { return H * N; }
  int64_t Kk() const { return balance ? Hkv : H; }  // heads of k and kk
};

/// Inputs of one type, float or double. The tensors of Rad7Prepare in its order.
template <class T>
struct Inputs {
  std::vector<T> r, k, v, zw, za, zv, v_first, k_k, k_a;

  std::vector<std::vector<T>*> all() { return {&r, &k, &v, &zw, &za, &zv, &v_first, &k_k, &k_a}; }
};

/// r, lw, a, k, kk, v by the definition, one after another.
Doubles reference(const Shape& s, const Values& cos, const Values& sin, const Inputs<double>& in) {
  const auto rotated = [&](const Doubles& x, int64_t m, int64_t head) {
    Doubles y(x.begin() + head * s.N, x.begin() + (head + 1) * s.N);
    if (!s.rope) return y;
    for (int64_t i = 0; i < s.N / 2; ++i) {
      const double c = cos[m * s.N / 2 + i], sn = sin[m * s.N / 2 + i], low = y[i], high = y[i + s.N / 2];
      y[i] = low * c - high * sn;
      y[i + s.N / 2] = high * c + low * sn;
    }
    return y;
  };
  const auto sigmoid = [](double x) { return 1 / (1 + std::exp(-x)); };
  Doubles r, lw, a, k, kk, v;
  for (int64_t head = 0; head < s.M * s.H; ++head) {
    const Doubles y = rotated(in.r, head / s.H, head);
    r.insert(r.end(), y.begin(), y.end());
  }
  for (const double z : in.zw) lw.push_back(-std::exp(-0.5) * sigmoid(z));
  for (const double z : in.za) a.push_back(sigmoid(z));
  for (int64_t head = 0; head < s.M * s.Kk(); ++head) {
    const int64_t m = head / s.Kk(), h = head % s.Kk();
    const Doubles key = rotated(in.k, m, m * s.Hkv + h * s.Hkv / s.Kk());
    double squares = 0;
    for (int64_t n = 0; n < s.N; ++n) {
      const int64_t channel = h * s.N + n;
      kk.push_back(s.balance ? key[n] : key[n] * in.k_k[channel]);
      squares += kk.back() * kk.back();
      k.push_back(s.balance ? key[n] : key[n] * (1 + (a[head * s.N + n] - 1) * in.k_a[channel]));
    }
    for (auto it = kk.end() - s.N; it != kk.end(); ++it) *it /= std::max(std::sqrt(squares), 1e-12);
  }
  for (int64_t i = 0; !s.first_layer && i < s.M * s.A(); ++i) {
    const int64_t head = i / s.N, from = (head / s.H * s.Hkv + head % s.H * s.Hkv / s.H) * s.N + i % s.N;
    v.push_back(in.v[from] + (in.v_first[from] - in.v[from]) * sigmoid(in.zv[i]));
  }
  Doubles all;
  for (const Doubles* part : {&r, &lw, &a, &k, &kk, &v}) all.insert(all.end(), part->begin(), part->end());
  return all;
}

struct Case {
  explicit Case(const Shape& shape) : s(shape) {
    const int64_t full = s.M * s.A(), grouped = s.M * s.Hkv * s.N;
    in = {random_floats("r", full),         random_floats("k", grouped), random_floats("v", grouped),
          random_floats("zw", full, 2),     random_floats("za", full),   random_floats("zv", full),
          random_floats("v_first", grouped)};
    if (!s.balance) in.k_k = random_floats("k_k", s.A()), in.k_a = random_floats("k_a", s.A());
    if (s.first_layer) in.zv.clear(), in.v_first.clear();
    for (const float angle : random_floats("angle", s.M * s.N / 2, 3)) {
      cos.push_back(std::cos(angle));
      sin.push_back(std::sin(angle));
    }
    args = {.M = s.M, .H = s.H, .Hkv = s.Hkv, .N = s.N, .balance = s.balance};
    if (s.rope) args.cos = cos.data(), args.sin = sin.data();
    args.r_in = in.r.data(), args.k_in = in.k.data(), args.zw = in.zw.data(), args.za = in.za.data();
    if (!s.balance) args.k_k = in.k_k.data(), args.k_a = in.k_a.data();
    if (!s.first_layer) args.v_in = in.v.data(), args.zv = in.zv.data(), args.v_first = in.v_first.data();
  }
  Case(const Case&) = delete;

  std::vector<int64_t> output_sizes() const {
    const int64_t full = s.M * s.A(), keys = s.M * s.Kk() * s.N;
    return {full, full, full, keys, keys, s.first_layer ? 0 : full};
  }

  /// One after another, as `reference` has them.
  Values upstream() const {
    int64_t total = 0;
    for (const int64_t size : output_sizes()) total += size;
    return random_floats("upstream", total);
  }

  Shape s;
  Inputs<float> in;
  Values cos, sin;
  Rad7Prepare args;
};

Values concatenate(const std::vector<Values>& parts) {
  Values all;
  for (const Values& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

/// The outputs r, lw, a, k, kk, v.
std::vector<Values> run_forward(const Case& c, int threads = 1) {
  const auto sizes = c.output_sizes();
  Output r(sizes[0]), lw(sizes[1]), a(sizes[2]), k(sizes[3]), kk(sizes[4]), v(sizes[5]);
  Context context{.num_threads = threads};
  rad7_prepare(context, c.args,
               {r.data(), lw.data(), a.data(), k.data(), kk.data(), c.s.first_layer ? nullptr : v.data()});
  return {r.values(), lw.values(), a.values(), k.values(), kk.values(), v.values()};
}

/// In the order of Inputs; empty where a tensor is not there. In place where the interface allows it.
std::vector<Values> run_backward(const Case& c, int threads = 1, bool in_place = false) {
  std::vector<Values> out = run_forward(c, threads), d;
  const Values upstream = c.upstream();
  for (int64_t offset = 0; const int64_t size : c.output_sizes()) {
    d.emplace_back(upstream.begin() + offset, upstream.begin() + offset + size);
    offset += size;
  }
  const Shape& s = c.s;
  const int64_t full = s.M * s.A(), grouped = s.M * s.Hkv * s.N;
  Output dr(full), dk(grouped), dv(s.first_layer ? 0 : grouped), dzw(full), dza(full);
  Output dzv(s.first_layer ? 0 : full), dv_first(s.first_layer ? 0 : grouped), dk_k(std::ssize(c.in.k_k)),
      dk_a(std::ssize(c.in.k_k));
  Output over_r(d[0]), over_lw(d[1]), over_a(d[2]), over_k(d[3]);
  Rad7PrepareGradients grads{d[0].data(), d[1].data(), d[2].data(),     d[3].data(), d[4].data(),
                             d[5].data(), dr.data(),   dk.data(),       dv.data(),   dzw.data(),
                             dza.data(),  dzv.data(),  dv_first.data(), dk_k.data(), dk_a.data()};
  if (in_place) {
    grads.d_r = grads.dr_in = over_r.data(), grads.d_lw = grads.dzw = over_lw.data();
    grads.d_a = grads.dza = over_a.data();
    if (s.balance) grads.d_k = grads.dk_in = over_k.data();
  }
  Context context{.num_threads = threads};
  rad7_prepare_backward(
      context, c.args,
      {out[0].data(), out[1].data(), out[2].data(), out[3].data(), out[4].data(), out[5].data()}, grads);
  return {(in_place ? over_r : dr).values(),
          (in_place && s.balance ? over_k : dk).values(),
          dv.values(),
          (in_place ? over_lw : dzw).values(),
          (in_place ? over_a : dza).values(),
          dzv.values(),
          dv_first.values(),
          dk_k.values(),
          dk_a.values()};
}

template <class Body>
void for_each_shape(const Body& body) {
  for_each_target([&] {
    for (const int64_t N : {8, 16, 24, 32}) {
      for (const int flags : {0, 1, 2, 3, 4, 5, 6, 7}) {
        body({.M = 2,
              .H = 6,
              .Hkv = 2,
              .N = N,
              .balance = flags % 2 != 0,
              .rope = flags / 2 % 2 != 0,
              .first_layer = flags / 4 != 0});
      }
    }
    body({.M = 3, .H = 2, .Hkv = 2, .N = 80, .balance = false, .rope = true, .first_layer = false});
  });
}

Inputs<double> widened(const Inputs<float>& in) {
  return {doubles(in.r),  doubles(in.k),       doubles(in.v),   doubles(in.zw), doubles(in.za),
          doubles(in.zv), doubles(in.v_first), doubles(in.k_k), doubles(in.k_a)};
}

TEST(Rad7Prepare, ForwardEqualsTheFormula) {
  for_each_shape([](const Shape& shape) {
    const Case c(shape);
    const Values want = floats(reference(shape, c.cos, c.sin, widened(c.in)));
    EXPECT_TRUE(is_close(concatenate(run_forward(c)), want, kBound)) << "N " << shape.N;
  });
}

TEST(Rad7Prepare, ForwardWorksInPlace) {
  for_each_shape([](const Shape& shape) {
    Case c(shape);
    const std::vector<Values> want = run_forward(c);
    Output r(c.in.r), lw(c.in.zw), a(c.in.za), k(shape.balance ? c.in.k : want[3]), kk(std::ssize(want[4]));
    Output v(std::ssize(want[5]));
    Rad7Prepare args = c.args;
    args.r_in = r.data(), args.zw = lw.data(), args.za = a.data();
    if (shape.balance) args.k_in = k.data();
    Context context;
    rad7_prepare(
        context, args,
        {r.data(), lw.data(), a.data(), k.data(), kk.data(), shape.first_layer ? nullptr : v.data()});
    EXPECT_EQ((std::vector<Values>{r.values(), lw.values(), a.values(), k.values(), kk.values(), v.values()}),
              want);
  });
}

TEST(Rad7Prepare, BackwardEqualsFiniteDifferences) {
  for (const Shape& shape : {Shape{1, 6, 2, 8, true, true, false}, Shape{2, 4, 2, 8, false, true, false},
                             Shape{2, 2, 2, 16, false, false, true}, Shape{1, 3, 1, 24, true, false, true}}) {
    const Case c(shape);
    Inputs<double> in = widened(c.in);
    const Values upstream = c.upstream();
    std::vector<Values> want;
    for (Doubles* input : in.all()) {
      want.push_back(
          numeric_gradient(*input, [&] { return dot(reference(shape, c.cos, c.sin, in), upstream); }));
    }
    if (shape.first_layer) want[2].clear();  // v_in is v itself: not this kernel's
    for_each_target([&] {
      const std::vector<Values> got = run_backward(c);
      for (size_t i = 0; i < want.size(); ++i)
        EXPECT_TRUE(is_close(got[i], want[i], kGradientBound)) << "input " << i;
    });
  }
}

TEST(Rad7Prepare, BackwardWorksInPlace) {
  for_each_shape([](const Shape& shape) {
    const Case c(shape);
    EXPECT_EQ(run_backward(c, 1, true), run_backward(c));
  });
}

TEST(Rad7Prepare, ManyTokensEqualTheFormulaWhateverTheThreads) {
  for (const bool balance : {true, false}) {
    const Shape shape{
        .M = 301, .H = 6, .Hkv = 2, .N = 24, .balance = balance, .rope = true, .first_layer = false};
    const Case c(shape);
    const std::vector<Values> out = run_forward(c), grads = run_backward(c);
    for (const int threads : {2, 5}) {
      EXPECT_EQ(run_forward(c, threads), out);
      EXPECT_EQ(run_backward(c, threads), grads);
    }
    Inputs<double> in = widened(c.in);
    EXPECT_TRUE(is_close(concatenate(out), floats(reference(shape, c.cos, c.sin, in)), kBound));
    // Finite differences of every input along a random direction.
    const Values upstream = c.upstream();
    for (size_t input = 0; input < grads.size(); ++input) {
      const Doubles start = *in.all()[input];
      const Values direction = random_floats("direction", std::ssize(start));
      Doubles step = {0};
      const auto loss = [&] {
        for (size_t i = 0; i < start.size(); ++i) (*in.all()[input])[i] = start[i] + step[0] * direction[i];
        return dot(reference(shape, c.cos, c.sin, in), upstream);
      };
      if (!start.empty()) {
        EXPECT_NEAR(dot(doubles(grads[input]), direction) / numeric_gradient(step, loss)[0], 1, 1e-4)
            << input;
      }
    }
  }
}

TEST(Rad7Prepare, AZeroKeyStaysFinite) {
  for_each_target([] {
    Case c({.M = 1, .H = 2, .Hkv = 2, .N = 8, .balance = true, .rope = false, .first_layer = true});
    std::fill(c.in.k.begin(), c.in.k.end(), 0.0f);
    EXPECT_EQ(run_forward(c)[4], Values(16));
    const Values dk = run_backward(c)[1];
    for (const float value : dk) EXPECT_TRUE(std::isfinite(value));
  });
}

}  // namespace
}  // namespace radlads::kernels
