// What the chunked kernels must compute, on a GPU as in the emulation: everything against the
// double-precision reference on the same bfloat16 inputs. A Setup has a Kernel (wkv_kernels.h) and a Backend,
// which has
//
//   Vector<T>                                  memory that its kernels and the host can use
//   is_there()                                 false where there is no such device: tests are skipped
//   forward(..), backward(..)                  run a pass and wait for it
#pragma once

#include <cstring>

#include "kernels/cuda/chunk/plan.h"
#include "kernels/wkv_kernels.h"

namespace radlads::kernels::cuda::chunk {

/// A [B,T,heads,N] whose rows are apart, in bfloat16 or float32. Filled with NaN, which must stay between
/// rows.
template <class Backend>
class StridedRows {
 public:
  StridedRows(const WkvShape& shape, int64_t heads, DType dtype)
      : B_(shape.B),
        T_(shape.T),
        N_(shape.N),
        heads_(heads),
        dtype_(dtype),
        bytes_(static_cast<size_t>(B_ * T_ * stride_t() * element_bytes() + 1), kNaNByte) {}

  StridedRows(const WkvShape& shape, int64_t heads, DType dtype, const Values& values)
      : StridedRows(shape, heads, dtype) {
    auto value = values.begin();
    for_each([&](char* element) {
      const float x = *value++;
      const uint16_t half = bf16_from_float(x);
      dtype_ == DType::kBF16 ? std::memcpy(element, &half, 2) : std::memcpy(element, &x, 4);
    });
  }

  HeadsIn in() const { return {bytes_.data(), heads_, T_ * stride_t(), stride_t(), stride_h(), dtype_}; }
  HeadsOut out() { return {bytes_.data(), heads_, T_ * stride_t(), stride_t(), stride_h(), dtype_}; }

  Values values() {
    Values values;
    for_each([&](char* element) {
      float x;
      uint16_t half;
      std::memcpy(&half, element, 2);
      std::memcpy(&x, element, dtype_ == DType::kBF16 ? 2 : 4);
      values.push_back(dtype_ == DType::kBF16 ? float_from_bf16(half) : x);
      std::memset(element, kNaNByte, static_cast<size_t>(element_bytes()));
    });
    for (const char byte : bytes_) EXPECT_EQ(byte, kNaNByte) << "written between rows";
    return values;
  }

 private:
  static constexpr char kNaNByte = -1;

  int64_t element_bytes() const { return dtype_ == DType::kBF16 ? 2 : 4; }
  int64_t stride_h() const { return N_ + 8; }
  int64_t stride_t() const { return heads_ * stride_h() + 16; }

  template <class Body>
  void for_each(const Body& body) {
    for (int64_t b = 0; b < B_; ++b)
      for (int64_t t = 0; t < T_; ++t)
        for (int64_t h = 0; h < heads_; ++h)
          for (int64_t n = 0; n < N_; ++n)
            body(bytes_.data() + ((b * T_ + t) * stride_t() + h * stride_h() + n) * element_bytes());
  }

  int64_t B_, T_, N_, heads_;
  DType dtype_;
  typename Backend::template Vector<char> bytes_;
};

/// Floats that are NaN at first, with a margin after them that must stay so.
template <class Backend>
class GuardedFloats {
 public:
  explicit GuardedFloats(int64_t size) : values_(static_cast<size_t>(size) + kMargin, kNaN) {}
  explicit GuardedFloats(const Values& values) : GuardedFloats(static_cast<int64_t>(values.size())) {
    std::copy(values.begin(), values.end(), values_.begin());
  }

  float* data() { return values_.data(); }

  Values values() const {
    for (size_t i = values_.size() - kMargin; i < values_.size(); ++i)
      EXPECT_TRUE(std::isnan(values_[i])) << "written past the end";
    return {values_.begin(), values_.end() - kMargin};
  }

 private:
  static constexpr size_t kMargin = 32;
  static constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

  typename Backend::template Vector<float> values_;
};

/// ||got - wanted|| / ||wanted||, or ||got|| where wanted is 0.
inline double relative_error(const Values& got, const Values& wanted) {
  EXPECT_EQ(got.size(), wanted.size());
  double difference = 0, size = 0;
  for (size_t i = 0; i < got.size(); ++i) {
    difference += std::pow(static_cast<double>(got[i]) - wanted[i], 2);
    size += std::pow(static_cast<double>(wanted[i]), 2);
  }
  return std::sqrt(difference / (size == 0 ? 1 : size));
}

template <class Setup>
class ChunkTest : public testing::Test {
 protected:
  using Kernel = typename Setup::Kernel;
  using Backend = typename Setup::Backend;
  using Rows = StridedRows<Backend>;
  using Floats = GuardedFloats<Backend>;

  void SetUp() override {
    if (!Backend::is_there()) GTEST_SKIP() << "no GPU";
  }

  /// A case whose inputs are bfloat16 numbers.
  static WkvCase rounded_case(const WkvShape& shape) {
    WkvCase c(shape, Kernel::kLowestLw);
    for (auto& [name, buffer] : c.inputs) {
      Values values = buffer.values();
      for (float& value : values) value = float_from_bf16(bf16_from_float(value));
      buffer = HeadsBuffer(c.shape, buffer.in().heads, values);
    }
    return c;
  }

  /// Where a run differs from the plainest.
  struct Way {
    DType results = DType::kF32;
    DType lw = DType::kBF16;
    bool is_reversed = false;  // the order of warps and blocks, of an emulation
    bool in_place = false;     // sT is s0
  };

  static WkvResults run(const WkvCase& c, const Way& way) {
    std::map<std::string, Rows> inputs, gradients;
    for (const auto& [name, buffer] : c.inputs) {
      const int64_t heads = buffer.in().heads;
      const DType dtype = name == "lw" ? way.lw : DType::kBF16;
      inputs.emplace(name, Rows(c.shape, heads, dtype, buffer.values()));
      gradients.emplace("d" + name, Rows(c.shape, heads, way.results));
    }
    Floats s0(c.s0), d_sT(c.d_sT), ds0(c.shape.state_floats());
    Floats sT = way.in_place ? Floats(c.s0) : Floats(c.shape.state_floats());
    WkvInputs x = wkv_form(Kernel::inputs(c));
    x.r = inputs.at("r").in();
    x.lw = inputs.at("lw").in();
    x.k = inputs.at("k").in();
    x.v = inputs.at("v").in();
    if (x.delta) x.kk = inputs.at("kk").in();
    if (x.delta) x.a = inputs.at("a").in();
    if (c.shape.has_state) x.s0 = way.in_place ? sT.data() : s0.data();
    EXPECT_TRUE(supports(x));

    Floats checkpoints(Kernel::checkpoint_floats(Kernel::inputs(c)));
    Rows o(c.shape, c.shape.H, way.results);
    Backend::forward(x, {o.out(), sT.data(), checkpoints.data()}, way.is_reversed);
    const auto gradient = [&](const char* name) { return gradients.at(name).out(); };
    Backend::backward(x, checkpoints.data(),
                      {.d_o = inputs.at("d_o").in(),
                       .d_sT = c.shape.has_state ? d_sT.data() : nullptr,
                       .dr = gradient("dr"),
                       .dlw = gradient("dlw"),
                       .dk = gradient("dk"),
                       .dv = gradient("dv"),
                       .dkk = gradient("dkk"),
                       .da = gradient("da"),
                       .ds0 = ds0.data()},
                      way.is_reversed);
    checkpoints.values();
    WkvResults results = {{"o", o.values()}, {"sT", sT.values()}, {"ds0", ds0.values()}};
    for (const std::string& name : Kernel::input_names())
      results["d" + name] = gradients.at("d" + name).values();
    return results;
  }

  void expect_close(const WkvResults& got, const WkvResults& wanted) {
    for (const auto& [name, values] : wanted) {
      const double error = relative_error(got.at(name), values);
      const double bound = name == "o" || name == "sT" ? 5e-3 : 1e-2;
      EXPECT_LE(error, bound) << name;
      worst_errors_[name] = std::max(worst_errors_[name], error);
    }
  }

  void expect_reference(const WkvShape& shape, const Way& way = {}) {
    SCOPED_TRACE(testing::Message() << "B" << shape.B << " T" << shape.T << " H" << shape.H << " N" << shape.N
                                    << (shape.balance ? " balance" : ""));
    const WkvCase c = rounded_case(shape);
    expect_close(run(c, way), Kernel::reference(c));
  }

  void TearDown() override {
    for (const auto& [name, error] : worst_errors_) RecordProperty(name, std::to_string(error));
  }

 private:
  std::map<std::string, double> worst_errors_;
};

TYPED_TEST_SUITE_P(ChunkTest);

TYPED_TEST_P(ChunkTest, EqualsTheReferenceForEveryLength) {
  for (const int64_t T : {0, 1, 15, 16, 17, 63, 64, 65, 130})
    this->expect_reference({.T = T, .H = 2, .N = 64});
}

TYPED_TEST_P(ChunkTest, EqualsTheReferenceForEveryHeadSize) {
  for (const int64_t N : {32, 128}) {
    this->expect_reference({.B = 2, .T = 17, .H = 1, .N = N});
    this->expect_reference({.T = 130, .H = 1, .N = N});
    this->expect_reference({.T = 65, .H = 1, .N = N, .has_state = false});
  }
}

TYPED_TEST_P(ChunkTest, EqualsTheReferenceForEveryElementType) {
  const WkvShape shape = {.T = 37, .H = 2, .N = 32};
  this->expect_reference(shape, {.results = DType::kBF16});
  this->expect_reference(shape, {.lw = DType::kF32});
}

TYPED_TEST_P(ChunkTest, SequencesHaveTheirOwnStates) {
  this->expect_reference({.T = 106,
                          .H = 2,
                          .N = 32,
                          .boundaries = {0, 0, 1, 34, 34, 105, 106, 106},
                          .slots = {6, 3, 1, 0, 2, 4, 5}});
}

TYPED_TEST_P(ChunkTest, GradientsOfSharedHeadsAreSums) {
  this->expect_reference(
      {.B = 2, .T = 37, .H = 6, .N = 32, .k_heads = 2, .v_heads = 2, .kk_heads = 2, .balance = true});
  this->expect_reference({.T = 37, .H = 4, .N = 32, .k_heads = 4, .v_heads = 1, .kk_heads = 2},
                         {.results = DType::kBF16});
}

TYPED_TEST_P(ChunkTest, BalanceScalesKeys) {
  this->expect_reference({.T = 70, .H = 2, .N = 64, .balance = true});
}

TYPED_TEST_P(ChunkTest, ExtremeDecaysEqualTheReference) {
  for (const bool balance : {false, true})
    this->expect_reference({.T = 130, .H = 2, .N = 64, .balance = balance, .decay = Decay::kExtreme});
}

TYPED_TEST_P(ChunkTest, ErrorsDoNotGrowWithoutDecay) {
  WkvCase c = this->rounded_case({.T = 1000, .H = 1, .N = 32});
  Values lw = c.inputs.at("lw").values();
  for (float& value : lw) value = float_from_bf16(bf16_from_float(value / 1024));
  c.inputs.at("lw") = HeadsBuffer(c.shape, 1, lw);
  this->expect_close(this->run(c, {}), TypeParam::Kernel::reference(c));
}

// Every other token forgets all.
TYPED_TEST_P(ChunkTest, ADecayToNothingGivesNoNaN) {
  for (const bool balance : {false, true}) {
    WkvCase c = this->rounded_case({.T = 40, .H = 1, .N = 32, .balance = balance});
    Values lw = c.inputs.at("lw").values();
    for (size_t i = 0; i < lw.size(); ++i)
      if (i / 32 % 2 == 1) lw[i] = float_from_bf16(bf16_from_float(-1e30f));
    c.inputs.at("lw") = HeadsBuffer(c.shape, 1, lw);
    this->expect_close(this->run(c, {}), TypeParam::Kernel::reference(c));
  }
}

TYPED_TEST_P(ChunkTest, TheStateMayBeUpdatedInPlace) {
  const WkvCase c = this->rounded_case({.B = 3, .T = 20, .H = 2, .N = 64, .slots = {2, 0, 1}});
  WkvResults got = this->run(c, {.in_place = true}), wanted = this->run(c, {});
  for (const char* name : {"o", "sT"}) EXPECT_EQ(got[name], wanted[name]) << name;
}

TYPED_TEST_P(ChunkTest, OtherShapesAreLeftToOtherKernels) {
  const WkvCase c = this->rounded_case({.T = 3, .H = 2, .N = 64});
  WkvInputs x = wkv_form(TypeParam::Kernel::inputs(c));
  EXPECT_FALSE(supports(x)) << "float32";
  for (HeadsIn* rows : {&x.r, &x.k, &x.v, &x.kk, &x.a}) rows->dtype = DType::kBF16;
  EXPECT_TRUE(supports(x));
  const auto still_supports = [&](auto&& change) {
    WkvInputs changed = x;
    change(changed);
    return supports(changed);
  };
  EXPECT_FALSE(still_supports([](WkvInputs& y) { y.N = 48; }));
  EXPECT_FALSE(still_supports([](WkvInputs& y) { y.r.stride_t += 2; }));
  EXPECT_FALSE(still_supports([](WkvInputs& y) { y.v.data = static_cast<const char*>(y.v.data) + 2; }));
}

// What a barrier orders is the same in any order of warps; so is what blocks do.
TYPED_TEST_P(ChunkTest, ResultsDoNotDependOnTheOrderOfWarpsAndBlocks) {
  for (const int64_t N : {32, 128}) {
    const WkvCase c = this->rounded_case({.B = 2, .T = 70, .H = 2, .N = N, .v_heads = 1, .balance = true});
    EXPECT_EQ(this->run(c, {.is_reversed = true}), this->run(c, {}));
  }
}

REGISTER_TYPED_TEST_SUITE_P(ChunkTest, EqualsTheReferenceForEveryLength, EqualsTheReferenceForEveryHeadSize,
                            EqualsTheReferenceForEveryElementType, SequencesHaveTheirOwnStates,
                            GradientsOfSharedHeadsAreSums, BalanceScalesKeys, ExtremeDecaysEqualTheReference,
                            ErrorsDoNotGrowWithoutDecay, ADecayToNothingGivesNoNaN,
                            TheStateMayBeUpdatedInPlace, OtherShapesAreLeftToOtherKernels,
                            ResultsDoNotDependOnTheOrderOfWarpsAndBlocks);

}  // namespace radlads::kernels::cuda::chunk
