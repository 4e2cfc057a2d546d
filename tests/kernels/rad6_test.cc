#include "kernels/rad6.h"

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
constexpr double kGradientBound = 5e-6;

/// Where the token before a sequence's first is.
enum class Carry { kNone, kShift, kSlots };

/// Sequences of these lengths, one after another, and random tensors for them.
struct Case {
  Case(std::vector<int64_t> lengths, int64_t width, Carry carry) : C(width) {
    for (const int64_t length : lengths) boundaries.push_back(boundaries.back() + length);
    M = boundaries.back();
    const auto sequences = std::ssize(lengths);
    if (carry == Carry::kSlots) {  // the last sequence has the first slot, and there are two more than needed
      for (int32_t s = 0; s < sequences; ++s) slots.push_back(static_cast<int32_t>(sequences) + 1 - s);
    }
    source = {.M = M, .C = C, .boundaries = boundaries, .state_slots = slots};
    if (carry != Carry::kNone) source.shift = shift.data();
    x = random_floats("x", M * C);
    maa_x = random_floats("maa_x", C);
    maa = random_floats("maa", kRad6Mixes * C);
    m = random_floats("m", kRad6Mixes * M * C);
    d_p = random_floats("d_p", M * C);
    d_mixed = random_floats("d_mixed", kRad6Mixes * M * C);
    dx = random_floats("dx", M * C);
  }
  Case(const Case&) = delete;

  /// d_t = x_{t-1} - x_t by the definition, in double.
  Doubles differences(const Doubles& x64) const {
    Doubles difference(x64.size());
    for (size_t s = 0; s + 1 < boundaries.size(); ++s) {
      for (int64_t i = boundaries[s] * C; i < boundaries[s + 1] * C; ++i) {
        const bool is_first = i / C == boundaries[s];
        const int64_t slot = slots.empty() ? static_cast<int64_t>(s) : slots[s];
        const double carried = source.shift == nullptr ? 0 : shift[slot * C + i % C];
        difference[i] = (is_first ? carried : x64[i - C]) - x64[i];
      }
    }
    return difference;
  }

  Doubles token_shift_reference(const Doubles& x64, const Doubles& maa_x64) const {
    Doubles p = differences(x64);
    for (int64_t i = 0; i < M * C; ++i) p[i] = x64[i] + p[i] * maa_x64[i % C];
    return p;
  }

  Doubles token_mix_reference(const Doubles& x64, const Doubles& maa64, const Doubles& m64) const {
    const Doubles difference = differences(x64);
    Doubles mixed(m64.size());
    for (int64_t i = 0; i < kRad6Mixes * M * C; ++i)
      mixed[i] = x64[i % (M * C)] + difference[i % (M * C)] * (maa64[i / (M * C) * C + i % C] + m64[i]);
    return mixed;
  }

  int64_t M = 0, C;
  std::vector<int64_t> boundaries = {0};
  std::vector<int32_t> slots;
  ShiftSource source;
  Values shift = random_floats("shift", 16 * C), x, maa_x, maa, m, d_p, d_mixed, dx;
};

/// Pointers to five rows of `width` that lie one after another.
template <class T>
std::array<T*, kRad6Mixes> rows_of(T* first, int64_t width) {
  return {first, first + width, first + 2 * width, first + 3 * width, first + 4 * width};
}

/// In one way, both passes.
void run_token_shift(Context& context, const Case& c, float* p, float* dx, float* d_maa_x) {
  const float *mu = c.maa_x.data(), *d_p = c.d_p.data();
  token_shift(context, {c.source, c.x.data(), {&mu, 1}, p});
  token_shift_backward(context, {c.source, c.x.data(), {&mu, 1}, {&d_p, 1}, dx, {&d_maa_x, 1}});
}

template <class Body>
void for_each_case(const Body& body) {
  for_each_target([&] {
    for (const Carry carry : {Carry::kNone, Carry::kShift, Carry::kSlots}) {
      for (const int64_t C : {1, 7, 16, 19}) {
        body(Case({3, 0, 1, 5, 1}, C, carry));
        body(Case({0, 0, 4}, C, carry));
        body(Case({1}, C, carry));
      }
    }
  });
}

TEST(TokenShift, ForwardAndBackwardEqualTheFormula) {
  for_each_case([](const Case& c) {
    Output p(c.M * c.C), dx(c.dx), d_maa_x(c.C);
    Context context;
    run_token_shift(context, c, p.data(), dx.data(), d_maa_x.data());
    Doubles x = doubles(c.x), maa = doubles(c.maa_x);
    EXPECT_TRUE(is_close(p.values(), floats(c.token_shift_reference(x, maa)), kBound));
    const auto loss = [&] { return dot(c.token_shift_reference(x, maa), c.d_p); };
    EXPECT_TRUE(is_close(d_maa_x.values(), numeric_gradient(maa, loss), kGradientBound));
    Values want = numeric_gradient(x, loss);
    for (size_t i = 0; i < want.size(); ++i) want[i] += c.dx[i];  // it adds to what is there
    EXPECT_TRUE(is_close(dx.values(), want, kGradientBound));
  });
}

TEST(TokenShift, SeveralWaysAtOnceEqualTheFormula) {
  for_each_case([](const Case& c) {
    Output y(std::ssize(c.m)), dx(c.dx), d_mu(std::ssize(c.maa));
    const auto mu = rows_of(c.maa.data(), c.C), d_y = rows_of(c.d_mixed.data(), c.M * c.C);
    Context context;
    token_shift(context, {c.source, c.x.data(), mu, y.data()});
    token_shift_backward(context, {c.source, c.x.data(), mu, d_y, dx.data(), rows_of(d_mu.data(), c.C)});
    Doubles x = doubles(c.x), mu64 = doubles(c.maa);
    const Doubles zero(c.m.size());
    EXPECT_TRUE(is_close(y.values(), floats(c.token_mix_reference(x, mu64, zero)), kBound));
    const auto loss = [&] { return dot(c.token_mix_reference(x, mu64, zero), c.d_mixed); };
    EXPECT_TRUE(is_close(d_mu.values(), numeric_gradient(mu64, loss), kGradientBound));
    Values want = numeric_gradient(x, loss);
    for (size_t i = 0; i < want.size(); ++i) want[i] += c.dx[i];
    EXPECT_TRUE(is_close(dx.values(), want, kGradientBound));
  });
}

TEST(TokenMix, ForwardAndBackwardEqualTheFormula) {
  for_each_case([](const Case& c) {
    Output mixed(std::ssize(c.m)), over_m(c.m), dx(c.M * c.C), d_maa(std::ssize(c.maa)), d_m(std::ssize(c.m));
    Output d_m_over_m(c.m), over_dx(c.M * c.C), over_d_maa(std::ssize(c.maa));
    const auto maa = rows_of(c.maa.data(), c.C), d_mixed = rows_of(c.d_mixed.data(), c.M * c.C);
    Context context;
    token_mix(context, {c.source, c.x.data(), maa, c.m.data(), mixed.data()});
    token_mix(context, {c.source, c.x.data(), maa, over_m.data(), over_m.data()});
    token_mix_backward(context, {c.source, c.x.data(), maa, c.m.data(), d_mixed, dx.data(),
                                 rows_of(d_maa.data(), c.C), d_m.data()});
    token_mix_backward(context, {c.source, c.x.data(), maa, d_m_over_m.data(), d_mixed, over_dx.data(),
                                 rows_of(over_d_maa.data(), c.C), d_m_over_m.data()});
    Doubles x = doubles(c.x), maa64 = doubles(c.maa), m = doubles(c.m);
    EXPECT_TRUE(is_close(mixed.values(), floats(c.token_mix_reference(x, maa64, m)), kBound));
    const auto loss = [&] { return dot(c.token_mix_reference(x, maa64, m), c.d_mixed); };
    EXPECT_TRUE(is_close(dx.values(), numeric_gradient(x, loss), kGradientBound));
    EXPECT_TRUE(is_close(d_maa.values(), numeric_gradient(maa64, loss), kGradientBound));
    EXPECT_TRUE(is_close(d_m.values(), numeric_gradient(m, loss), kGradientBound));
    EXPECT_EQ(over_m.values(), mixed.values());
    EXPECT_EQ(over_dx.values(), dx.values());
    EXPECT_EQ(over_d_maa.values(), d_maa.values());
    EXPECT_EQ(d_m_over_m.values(), d_m.values());
  });
}

std::vector<Values> run_all(const Case& c, int threads) {
  Output p(c.M * c.C), mixed(std::ssize(c.m)), shift_dx(c.dx), d_maa_x(c.C), dx(c.M * c.C),
      d_maa(std::ssize(c.maa));
  Output d_m(c.m);
  const auto maa = rows_of(c.maa.data(), c.C), d_mixed = rows_of(c.d_mixed.data(), c.M * c.C);
  Context context{.num_threads = threads};
  token_mix(context, {c.source, c.x.data(), maa, c.m.data(), mixed.data()});
  run_token_shift(context, c, p.data(), shift_dx.data(), d_maa_x.data());
  token_mix_backward(context, {c.source, c.x.data(), maa, d_m.data(), d_mixed, dx.data(),
                               rows_of(d_maa.data(), c.C), d_m.data()});
  return {p.values(),  mixed.values(), shift_dx.values(), d_maa_x.values(),
          dx.values(), d_m.values(),   d_maa.values()};
}

TEST(TokenShiftAndMix, ManyTokensEqualTheFormulaWhateverTheThreads) {
  const Case c({200, 0, 1, 1, 333, 64, 410, 2}, 37, Carry::kShift);
  const std::vector<Values> first = run_all(c, 1);
  EXPECT_EQ(run_all(c, 2), first);
  EXPECT_EQ(run_all(c, 5), first);

  const Doubles x = doubles(c.x), difference = c.differences(x);
  EXPECT_TRUE(is_close(first[0], floats(c.token_shift_reference(x, doubles(c.maa_x))), kBound));
  EXPECT_TRUE(is_close(first[1], floats(c.token_mix_reference(x, doubles(c.maa), doubles(c.m))), kBound));
  Doubles d_maa_x(c.C), dx(c.x.size());
  for (int64_t i = 0; i < c.M * c.C; ++i) {
    d_maa_x[i % c.C] += c.d_p[i] * difference[i];
    const bool has_previous = !std::binary_search(c.boundaries.begin(), c.boundaries.end(), i / c.C);
    for (int64_t mix = i; mix < std::ssize(c.m); mix += c.M * c.C) {
      const double weight = static_cast<double>(c.maa[mix / (c.M * c.C) * c.C + i % c.C]) + c.m[mix];
      dx[i] += c.d_mixed[mix] * (1.0 - weight);
      if (has_previous) dx[i - c.C] += c.d_mixed[mix] * weight;
    }
  }
  EXPECT_TRUE(is_close(first[3], floats(d_maa_x), kGradientBound));
  EXPECT_TRUE(is_close(first[4], floats(dx), kGradientBound));
}

TEST(TokenShiftAndMix, NoTokensGiveAZeroGradient) {
  const Case c({0, 0}, 5, Carry::kNone);
  EXPECT_EQ(run_all(c, 2)[3], Values(5));
}

TEST(Rad6Decay, ForwardAndBackwardEqualTheFormula) {
  for_each_target([] {
    for (const int64_t size : {1, 7, 16, 19, 100'003}) {
      const Values z = random_floats("z", size, 2), d_lw = random_floats("d_lw", size);
      Doubles lw_want(size), dz_want(size);
      for (int64_t i = 0; i < size; ++i) {
        const double decay = -std::exp(static_cast<double>(z[i]));
        lw_want[i] = std::max(decay, -5.0);
        dz_want[i] = decay > -5 ? d_lw[i] * decay : 0;
      }
      Output lw(size), over_z(z), dz(size), over_d_lw(d_lw);
      Context context{.num_threads = 2};
      rad6_decay(context, {size, z.data(), lw.data()});
      rad6_decay(context, {size, over_z.data(), over_z.data()});
      rad6_decay_backward(context, {size, lw.data(), d_lw.data(), dz.data()});
      rad6_decay_backward(context, {size, lw.data(), over_d_lw.data(), over_d_lw.data()});
      EXPECT_TRUE(is_close(lw.values(), floats(lw_want), kBound));
      EXPECT_TRUE(is_close(dz.values(), floats(dz_want), kBound));
      EXPECT_EQ(over_z.values(), lw.values());
      EXPECT_EQ(over_d_lw.values(), dz.values());
    }
  });
}

TEST(Rad6Decay, ExtremesStayInRange) {
  for_each_target([] {
    const Values z = {-1e30f, -100, 1.6095f, 3, 100, 1e30f}, ones(6, 1.0f);
    Output lw(6), dz(6);
    Context context;
    rad6_decay(context, {6, z.data(), lw.data()});
    EXPECT_EQ(lw.values(), (Values{0, 0, -5, -5, -5, -5}));
    rad6_decay_backward(context, {6, lw.data(), ones.data(), dz.data()});
    EXPECT_EQ(dz.values(), Values(6));
  });
}

}  // namespace
}  // namespace radlads::kernels
