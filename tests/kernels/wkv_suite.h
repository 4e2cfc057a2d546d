// The tests that wkv6 and wkv7 must both pass.
#pragma once

#include <filesystem>
#include <numeric>

#include <gtest/gtest.h>

#include "core/error.h"
#include "golden/kernels.h"
#include "kernels/allocation_count.h"
#include "kernels/each_target.h"
#include "kernels/wkv_kernels.h"
#include "support/expect_close.h"

namespace radlads::kernels {

inline constexpr double kWkvBound = 5e-6;

template <class Kernel>
class WkvTest : public testing::Test {
 protected:
  static WkvCase make_case(const WkvShape& shape) { return WkvCase(shape, Kernel::kLowestLw); }

  static void expect_close(const WkvResults& got, const WkvResults& wanted) {
    for (const auto& [name, values] : wanted) EXPECT_TRUE(is_close(got.at(name), values, kWkvBound)) << name;
  }

  static void expect_equal(const WkvResults& got, const WkvResults& wanted) {
    for (const auto& [name, values] : wanted) EXPECT_TRUE(is_close(got.at(name), values, 0)) << name;
  }

  static void expect_reference(const WkvShape& shape) {
    SCOPED_TRACE(testing::Message() << "B" << shape.B << " T" << shape.T << " H" << shape.H << " N"
                                    << shape.N);
    const WkvCase c = make_case(shape);
    const WkvResults wanted = Kernel::reference(c);
    for_each_target([&] { expect_close(run_kernel<Kernel>(c), wanted); });
  }

  /// Forward without checkpoints, as inference runs it; sT may be s0.
  static std::vector<float> infer(const WkvCase& c, const float* s0, float* sT, int num_threads = 2) {
    Context context{.num_threads = num_threads};
    auto inputs = Kernel::inputs(c);
    inputs.s0 = s0;
    HeadsBuffer o(c.shape, c.shape.H);
    Kernel::forward(context, inputs, {o.out(), sT});
    return o.values();
  }

  /// Tokens begin .. end - 1 of a case with one row, as a case of its own.
  static WkvCase tokens_of(const WkvCase& c, int64_t begin, int64_t end) {
    WkvShape shape = c.shape;
    shape.T = end - begin;
    shape.boundaries.clear();
    WkvCase part = make_case(shape);
    for (auto& [name, buffer] : part.inputs) {
      const HeadsBuffer& whole = c.inputs.at(name);
      const std::vector<float> values = whole.values();
      const int64_t size = whole.in().heads * shape.N;
      buffer =
          HeadsBuffer(shape, whole.in().heads, {values.begin() + begin * size, values.begin() + end * size});
    }
    return part;
  }
};

TYPED_TEST_SUITE_P(WkvTest);

/// The derivative of a smooth function, with an error of order h^4; x is changed in exact steps.
template <class Loss>
double derivative(float& x, const Loss& loss) {
  constexpr float kStep = 1.0f / 64;
  const float before = x;
  const auto at = [&](float step) {
    x = before + step;
    return loss();
  };
  const double one = at(kStep) - at(-kStep), two = at(2 * kStep) - at(-2 * kStep);
  x = before;
  return (8 * one - two) / (12.0 * kStep);
}

TYPED_TEST_P(WkvTest, ReferenceEqualsFiniteDifferences) {
  using Kernel = TypeParam;
  for (const WkvShape& shape :
       {WkvShape{.B = 2, .T = 2, .H = 2, .N = 8, .k_heads = 1, .v_heads = 1, .kk_heads = 1, .balance = true},
        WkvShape{.T = 4, .H = 2, .N = 8, .v_heads = 1, .boundaries = {0, 1, 1, 4}, .slots = {2, 0, 1}}}) {
    WkvCase c = this->make_case(shape);
    const WkvResults gradients = Kernel::reference(c);
    const Values d_o = c.inputs.at("d_o").values();
    const auto loss = [&] {
      const auto y = Kernel::reference_forward(Kernel::inputs(c));
      return dot(y.o, d_o) + dot(y.sT, c.d_sT);
    };
    for (const std::string& name : Kernel::input_names()) {
      const HeadsOut x = c.inputs.at(name).out();
      float* values = static_cast<float*>(x.data);
      Values numeric;
      for (int64_t i = 0; i < shape.B * shape.T * x.heads * shape.N; ++i)
        numeric.push_back(static_cast<float>(derivative(values[i], loss)));
      EXPECT_TRUE(is_close(gradients.at("d" + name), numeric, 5e-7)) << name;
    }
    Values numeric;
    for (float& x : c.s0) numeric.push_back(static_cast<float>(derivative(x, loss)));
    EXPECT_TRUE(is_close(gradients.at("ds0"), numeric, 5e-7));
  }
}

TYPED_TEST_P(WkvTest, BothPassesEqualTheReference) {
  const std::vector<WkvShape> shapes = {
      {.B = 2, .T = 1, .H = 3, .N = 8},
      {.B = 3, .T = 2, .H = 4, .N = 16, .k_heads = 2, .v_heads = 2, .kk_heads = 2, .balance = true},
      {.B = 1, .T = 15, .H = 3, .N = 24, .k_heads = 1, .v_heads = 1, .kk_heads = 1, .has_state = false},
      {.B = 2, .T = 16, .H = 2, .N = 32, .k_heads = 1, .kk_heads = 1, .balance = true},
      {.B = 1, .T = 17, .H = 2, .N = 40, .v_heads = 1, .balance = true, .layout = Layout::kSliced},
      {.B = 4, .T = 31, .H = 1, .N = 16, .layout = Layout::kUnaligned},
      {.B = 1,
       .T = 32,
       .H = 6,
       .N = 32,
       .k_heads = 2,
       .v_heads = 2,
       .kk_heads = 2,
       .layout = Layout::kSliced},
      {.B = 1, .T = 33, .H = 2, .N = 64, .balance = true, .layout = Layout::kUnaligned},
      {.B = 1, .T = 63, .H = 1, .N = 24, .balance = true},
      {.B = 2, .T = 64, .H = 3, .N = 8, .k_heads = 1, .v_heads = 3, .kk_heads = 1},
      {.B = 1, .T = 65, .H = 1, .N = 64, .has_state = false},
      {.B = 1, .T = 18, .H = 2, .N = 128, .k_heads = 1, .v_heads = 1, .kk_heads = 1, .balance = true},
      {.B = 1, .T = 5, .H = 1, .N = 256, .balance = true},
      {.B = 1, .T = 19, .H = 1, .N = 136},
      {.B = 1, .T = 300, .H = 1, .N = 16, .balance = true},
      {.B = 2, .T = 9, .H = 2, .N = 2, .k_heads = 1, .v_heads = 1, .kk_heads = 1, .balance = true},
      {.B = 1, .T = 33, .H = 3, .N = 12, .balance = true, .layout = Layout::kUnaligned},
      {.B = 1,
       .T = 18,
       .H = 2,
       .N = 100,
       .k_heads = 1,
       .kk_heads = 1,
       .balance = true,
       .layout = Layout::kSliced},
      {.T = 40, .H = 2, .N = 20, .has_state = false, .boundaries = {0, 0, 7, 40}},
      {.T = 70, .H = 2, .N = 32, .k_heads = 1, .balance = true, .boundaries = {0, 0, 1, 34, 34, 69, 70, 70}},
  };
  for (const WkvShape& shape : shapes) this->expect_reference(shape);
}

TYPED_TEST_P(WkvTest, ExtremeDecaysAndRatesEqualTheReference) {
  for (const int64_t N : {16, 32}) {
    for (const bool balance : {false, true}) {
      this->expect_reference({.B = 1, .T = 65, .H = 2, .N = N, .balance = balance, .decay = Decay::kExtreme});
    }
  }
}

TYPED_TEST_P(WkvTest, ADecayToNothingGivesNoNaN) {
  WkvCase c = this->make_case({.T = 40, .H = 1, .N = 16, .balance = true});
  const HeadsOut lw = c.inputs.at("lw").out();
  std::fill_n(static_cast<float*>(lw.data), 40 * 16, -1e30f);
  for_each_target([&] { this->expect_close(run_kernel<TypeParam>(c), TypeParam::reference(c)); });
}

TYPED_TEST_P(WkvTest, WithoutTokensStatesPassThrough) {
  const WkvCase c = this->make_case({.B = 2, .T = 0, .H = 2, .N = 24});
  for_each_target([&] {
    const WkvResults results = run_kernel<TypeParam>(c);
    EXPECT_EQ(results.at("sT"), c.s0);
    EXPECT_EQ(results.at("ds0"), c.d_sT);
    Output sT(c.shape.state_floats());
    this->infer(c, c.s0.data(), sT.data());
    EXPECT_EQ(sT.values(), c.s0);
    this->infer(c, nullptr, sT.data());
    EXPECT_EQ(sT.values(), Values(c.s0.size(), 0.0f));
  });
}

TYPED_TEST_P(WkvTest, AnySplitWithCarriedStateEqualsTheWhole) {
  for (const int64_t N : {20, 24, 64}) {
    const WkvCase c = this->make_case({.T = 37, .H = 2, .N = N, .balance = true});
    for_each_target([&] {
      Values whole_state(c.s0.size());
      const Values whole = this->infer(c, c.s0.data(), whole_state.data());
      for (const int64_t split : {0, 1, 3, 5, 16, 17, 33, 36}) {
        Values state = c.s0;
        Values parts = this->infer(this->tokens_of(c, 0, split), state.data(), state.data());
        const Values rest = this->infer(this->tokens_of(c, split, 37), state.data(), state.data());
        parts.insert(parts.end(), rest.begin(), rest.end());
        EXPECT_TRUE(is_close(parts, whole, 2e-6)) << "split at " << split;
        EXPECT_TRUE(is_close(state, whole_state, 2e-6)) << "split at " << split;
      }
    });
  }
}

TYPED_TEST_P(WkvTest, TokenByTokenEqualsTheWhole) {
  for (const int64_t N : {8, 32, 128}) {
    const WkvCase c = this->make_case({.T = 70, .H = 2, .N = N, .balance = true});
    for_each_target([&] {
      Values whole_state(c.s0.size()), state = c.s0, steps;
      const Values whole = this->infer(c, c.s0.data(), whole_state.data());
      for (int64_t t = 0; t < 70; ++t) {
        const Values o = this->infer(this->tokens_of(c, t, t + 1), state.data(), state.data());
        steps.insert(steps.end(), o.begin(), o.end());
      }
      EXPECT_TRUE(is_close(steps, whole, 3e-6));
      EXPECT_TRUE(is_close(state, whole_state, 3e-6));
    });
  }
}

TYPED_TEST_P(WkvTest, PackedSequencesEqualEachAlone) {
  const std::vector<int64_t> boundaries = {0, 3, 3, 4, 24, 57};
  const WkvCase packed = this->make_case({.T = 57, .H = 2, .N = 32, .k_heads = 1, .boundaries = boundaries});
  const WkvResults together = run_kernel<TypeParam>(packed);
  const int64_t state_size = 2 * 32 * 32;
  for (size_t s = 0; s + 1 < boundaries.size(); ++s) {
    WkvCase alone = this->tokens_of(packed, boundaries[s], boundaries[s + 1]);
    const auto state = [&](const Values& states) {
      return Values(states.begin() + s * state_size, states.begin() + (s + 1) * state_size);
    };
    alone.s0 = state(packed.s0);
    alone.d_sT = state(packed.d_sT);
    for (const auto& [name, values] : run_kernel<TypeParam>(alone)) {
      const Values& all = together.at(name);
      const bool is_state = name == "sT" || name == "ds0";
      const int64_t row = static_cast<int64_t>(all.size()) / 57;
      EXPECT_EQ(values,
                is_state ? state(all)
                         : Values(all.begin() + boundaries[s] * row, all.begin() + boundaries[s + 1] * row))
          << name << " of sequence " << s;
    }
  }
}

TYPED_TEST_P(WkvTest, StatesLieInTheirSlots) {
  for (const int64_t T : {1, 20}) {
    const int64_t N = T == 1 ? 14 : 16, size = 2 * N * N;
    const WkvCase plain = this->make_case({.B = 3, .T = T, .H = 2, .N = N});
    WkvCase moved = this->make_case({.B = 3, .T = T, .H = 2, .N = N, .slots = {4, 0, 2}});
    for (size_t s = 0; s < 3; ++s) {
      std::copy_n(plain.s0.begin() + s * size, size, moved.s0.begin() + moved.shape.slots[s] * size);
      std::copy_n(plain.d_sT.begin() + s * size, size, moved.d_sT.begin() + moved.shape.slots[s] * size);
    }
    WkvResults got = run_kernel<TypeParam>(moved);
    for (const char* name : {"sT", "ds0"}) {
      Values picked;
      for (const int32_t slot : moved.shape.slots)
        picked.insert(picked.end(), got[name].begin() + slot * size, got[name].begin() + (slot + 1) * size);
      EXPECT_TRUE(std::isnan(got[name][1 * size])) << "an unused slot was written";
      got[name] = picked;
    }
    this->expect_equal(got, run_kernel<TypeParam>(plain));
  }
}

TYPED_TEST_P(WkvTest, TheStateMayBeUpdatedInPlace) {
  for (const int64_t T : {1, 4, 20}) {
    for (const int64_t N : {24, 28, 64}) {
      const WkvCase c = this->make_case({.B = 3, .T = T, .H = 2, .N = N, .slots = {2, 0, 1}});
      for_each_target([&] {
        Values apart(c.s0.size(), std::numeric_limits<float>::quiet_NaN()), in_place = c.s0;
        const Values o = this->infer(c, c.s0.data(), apart.data());
        EXPECT_EQ(this->infer(c, in_place.data(), in_place.data()), o);
        EXPECT_EQ(in_place, apart);
        EXPECT_TRUE(is_close(this->infer(c, c.s0.data(), nullptr), o, 2e-6));
      });
    }
  }
}

TYPED_TEST_P(WkvTest, DecodingAllocatesInItsFirstRoundOnly) {
  for (const int64_t N : {20, 64}) {
    WkvCase c = this->make_case({.B = 8, .T = 1, .H = 4, .N = N});
    Context context{.num_threads = 2};
    HeadsBuffer o(c.shape, c.shape.H);
    const auto inputs = TypeParam::inputs(c);
    TypeParam::forward(context, inputs, {o.out(), c.s0.data()});
    const int64_t before = allocation_count();
    for (int round = 0; round < 3; ++round) TypeParam::forward(context, inputs, {o.out(), c.s0.data()});
    EXPECT_EQ(allocation_count(), before);
  }
}

TYPED_TEST_P(WkvTest, ResultsDependNeitherOnThreadsNorOnLayout) {
  WkvShape shape = {
      .B = 2, .T = 37, .H = 6, .N = 32, .k_heads = 2, .v_heads = 2, .kk_heads = 2, .balance = true};
  const WkvResults one = run_kernel<TypeParam>(this->make_case(shape), 1);
  this->expect_equal(run_kernel<TypeParam>(this->make_case(shape), 2), one);
  this->expect_equal(run_kernel<TypeParam>(this->make_case(shape), 5), one);
  for (const Layout layout : {Layout::kSliced, Layout::kUnaligned}) {
    shape.layout = layout;
    this->expect_equal(run_kernel<TypeParam>(this->make_case(shape), 2), one);
  }
}

// Threads share the value channels of a head if there are few heads.
TYPED_TEST_P(WkvTest, FewHeadsGiveTheSameBitsWithAnyNumberOfThreads) {
  for (const int64_t N : {8, 16, 24, 32, 40, 64, 72, 128, 256}) {
    for (const int64_t H : {1, 2, 3}) {
      SCOPED_TRACE(testing::Message() << "N" << N << " H" << H);
      const WkvCase c = this->make_case({.B = 1, .T = 67, .H = H, .N = N});
      for_each_target([&] {
        const WkvResults one = run_kernel<TypeParam>(c, 1);
        for (const int threads : {2, 4, 8}) {
          SCOPED_TRACE(threads);
          this->expect_equal(run_kernel<TypeParam>(c, threads), one);
        }
      });
    }
  }
}

// Large results bypass the caches where they are aligned.
TYPED_TEST_P(WkvTest, ALargeBatchEqualsItsRows) {
  const WkvCase large =
      this->make_case({.B = 2, .T = 2048, .H = 8, .N = 32, .k_heads = 4, .has_state = false});
  WkvResults together = run_kernel<TypeParam>(large);
  WkvShape shape = large.shape;
  shape.B = 1;
  WkvCase row = this->make_case(shape);
  for (auto& [name, buffer] : row.inputs) {
    const Values values = large.inputs.at(name).values();
    buffer = HeadsBuffer(shape, buffer.in().heads, {values.begin() + values.size() / 2, values.end()});
  }
  for (const auto& [name, values] : run_kernel<TypeParam>(row)) {
    EXPECT_EQ(values, Values(together[name].begin() + together[name].size() / 2, together[name].end()))
        << name;
  }
}

TYPED_TEST_P(WkvTest, WrongShapesAreRefused) {
  const WkvCase c = this->make_case({.B = 2, .T = 3, .H = 2, .N = 8});
  Context context;
  HeadsBuffer o(c.shape, 2);
  const auto refuses = [&](auto&& change) {
    auto inputs = TypeParam::inputs(c);
    change(inputs);
    EXPECT_THROW(TypeParam::forward(context, inputs, {o.out()}), InternalError);
  };
  const std::vector<int64_t> boundaries = {0, 3};
  const std::vector<int32_t> slots = {0};
  refuses([](auto& x) { x.N = 0; });
  refuses([](auto& x) { x.k.heads = 0; });
  refuses([](auto& x) { x.v.heads = 3; });
  refuses([](auto& x) { x.lw.heads = 1; });
  refuses([](auto& x) { x.k.data = nullptr; });
  refuses([&](auto& x) { x.sequences.boundaries = boundaries; });
  refuses([&](auto& x) { x.state_slots = slots; });
}

TYPED_TEST_P(WkvTest, GoldenCases) {
  const std::string kernel = std::is_same_v<TypeParam, Wkv6Kernel> ? "wkv6" : "wkv7";
  int cases = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(RADLADS_SOURCE_DIR "/tests/data/golden/kernels/" + kernel)) {
    const GoldenResult result = check_kernel_case(entry.path());
    EXPECT_EQ(result.passed, 1) << entry.path();
    for (const std::string& message : result.messages) ADD_FAILURE() << message;
    ++cases;
  }
  EXPECT_EQ(cases, 7);
}

REGISTER_TYPED_TEST_SUITE_P(WkvTest, ReferenceEqualsFiniteDifferences, BothPassesEqualTheReference,
                            ExtremeDecaysAndRatesEqualTheReference, ADecayToNothingGivesNoNaN,
                            WithoutTokensStatesPassThrough, AnySplitWithCarriedStateEqualsTheWhole,
                            TokenByTokenEqualsTheWhole, PackedSequencesEqualEachAlone, StatesLieInTheirSlots,
                            TheStateMayBeUpdatedInPlace, DecodingAllocatesInItsFirstRoundOnly,
                            ResultsDependNeitherOnThreadsNorOnLayout,
                            FewHeadsGiveTheSameBitsWithAnyNumberOfThreads, ALargeBatchEqualsItsRows,
                            WrongShapesAreRefused, GoldenCases);

}  // namespace radlads::kernels
