// The chunked CUDA kernels, run on the host by the emulated tile layer, against the double-precision
// reference on the same bfloat16 inputs.
#include <cstring>
#include <memory>

#include "kernels/cuda/chunk_passes.h"
#include "kernels/wkv_kernels.h"

namespace radlads::kernels::cuda {
namespace {

/// Runs the blocks one after another, from the first or from the last; likewise the warps of each phase.
struct HostLauncher {
  bool is_reversed = false;

  void upload(void* target, const void* source, size_t num_bytes) const {
    if (num_bytes > 0) std::memcpy(target, source, num_bytes);
  }

  template <class Kernel>
  void launch(int64_t num_blocks, const typename Kernel::Arguments& arguments) const {
    const auto shared = std::make_unique<typename Kernel::Shared>();
    // Stale values must not matter: all ones are NaN in either type.
    if constexpr (sizeof(*shared) > 1) std::memset(shared.get(), 0xff, sizeof(*shared));
    for (int item = 0; item < num_blocks; ++item) {
      Kernel::run(Block{Kernel::kWarps, is_reversed}, arguments, *shared,
                  is_reversed ? static_cast<int>(num_blocks) - 1 - item : item);
    }
  }
};

/// A [B,T,heads,N] whose rows are apart, in bfloat16 or float32. Filled with NaN, which must stay between
/// rows.
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
  std::vector<char> bytes_;
};

/// ||got - wanted|| / ||wanted||, or ||got|| where wanted is 0.
double relative_error(const Values& got, const Values& wanted) {
  EXPECT_EQ(got.size(), wanted.size());
  double difference = 0, size = 0;
  for (size_t i = 0; i < got.size(); ++i) {
    difference += std::pow(static_cast<double>(got[i]) - wanted[i], 2);
    size += std::pow(static_cast<double>(wanted[i]), 2);
  }
  return std::sqrt(difference / (size == 0 ? 1 : size));
}

template <class Kernel>
class ChunkTest : public testing::Test {
 protected:
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
    bool is_reversed = false;
    bool in_place = false;  // sT is s0
  };

  static WkvResults run(const WkvCase& c, const Way& way) {
    const HostLauncher launcher{way.is_reversed};
    std::map<std::string, StridedRows> inputs, gradients;
    for (const auto& [name, buffer] : c.inputs) {
      const int64_t heads = buffer.in().heads;
      const DType dtype = name == "lw" ? way.lw : DType::kBF16;
      inputs.emplace(name, StridedRows(c.shape, heads, dtype, buffer.values()));
      gradients.emplace("d" + name, StridedRows(c.shape, heads, way.results));
    }
    Output sT = way.in_place ? Output(c.s0) : Output(c.shape.state_floats());
    WkvInputs x = wkv_form(Kernel::inputs(c));
    x.r = inputs.at("r").in();
    x.lw = inputs.at("lw").in();
    x.k = inputs.at("k").in();
    x.v = inputs.at("v").in();
    if (x.delta) x.kk = inputs.at("kk").in();
    if (x.delta) x.a = inputs.at("a").in();
    if (way.in_place) x.s0 = sT.data();
    EXPECT_TRUE(plan_supports(x));

    Output ds0(c.shape.state_floats()), checkpoints(Kernel::checkpoint_floats(Kernel::inputs(c)));
    StridedRows o(c.shape, c.shape.H, way.results);
    std::vector<char> workspace(std::max(forward_workspace_bytes(x), backward_workspace_bytes(x)) + 1, -1);
    forward_pass(launcher, x, {o.out(), sT.data(), checkpoints.data()}, workspace.data());
    std::fill(workspace.begin(), workspace.end(), -1);
    const auto gradient = [&](const char* name) { return gradients.at(name).out(); };
    backward_pass(launcher, x, checkpoints.data(),
                  {.d_o = inputs.at("d_o").in(),
                   .d_sT = c.final_gradient(),
                   .dr = gradient("dr"),
                   .dlw = gradient("dlw"),
                   .dk = gradient("dk"),
                   .dv = gradient("dv"),
                   .dkk = gradient("dkk"),
                   .da = gradient("da"),
                   .ds0 = ds0.data()},
                  workspace.data());
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

using Kernels = testing::Types<Wkv6Kernel, Wkv7Kernel>;
TYPED_TEST_SUITE(ChunkTest, Kernels);

TYPED_TEST(ChunkTest, EqualsTheReferenceForEveryLength) {
  for (const int64_t T : {0, 1, 15, 16, 17, 63, 64, 65, 130})
    this->expect_reference({.T = T, .H = 2, .N = 64});
}

TYPED_TEST(ChunkTest, EqualsTheReferenceForEveryHeadSize) {
  for (const int64_t N : {32, 128}) {
    this->expect_reference({.B = 2, .T = 17, .H = 1, .N = N});
    this->expect_reference({.T = 130, .H = 1, .N = N});
    this->expect_reference({.T = 65, .H = 1, .N = N, .has_state = false});
  }
}

TYPED_TEST(ChunkTest, EqualsTheReferenceForEveryElementType) {
  const WkvShape shape = {.T = 37, .H = 2, .N = 32};
  this->expect_reference(shape, {.results = DType::kBF16});
  this->expect_reference(shape, {.lw = DType::kF32});
}

TYPED_TEST(ChunkTest, SequencesHaveTheirOwnStates) {
  this->expect_reference({.T = 106,
                          .H = 2,
                          .N = 32,
                          .boundaries = {0, 0, 1, 34, 34, 105, 106, 106},
                          .slots = {6, 3, 1, 0, 2, 4, 5}});
}

TYPED_TEST(ChunkTest, GradientsOfSharedHeadsAreSums) {
  this->expect_reference(
      {.B = 2, .T = 37, .H = 6, .N = 32, .k_heads = 2, .v_heads = 2, .kk_heads = 2, .balance = true});
  this->expect_reference({.T = 37, .H = 4, .N = 32, .k_heads = 4, .v_heads = 1, .kk_heads = 2},
                         {.results = DType::kBF16});
}

TYPED_TEST(ChunkTest, BalanceScalesKeys) {
  this->expect_reference({.T = 70, .H = 2, .N = 64, .balance = true});
}

TYPED_TEST(ChunkTest, ExtremeDecaysEqualTheReference) {
  for (const bool balance : {false, true})
    this->expect_reference({.T = 130, .H = 2, .N = 64, .balance = balance, .decay = Decay::kExtreme});
}

TYPED_TEST(ChunkTest, ErrorsDoNotGrowWithoutDecay) {
  WkvCase c = this->rounded_case({.T = 1000, .H = 1, .N = 32});
  Values lw = c.inputs.at("lw").values();
  for (float& value : lw) value = float_from_bf16(bf16_from_float(value / 1024));
  c.inputs.at("lw") = HeadsBuffer(c.shape, 1, lw);
  this->expect_close(this->run(c, {}), TypeParam::reference(c));
}

// Every other token forgets all.
TYPED_TEST(ChunkTest, ADecayToNothingGivesNoNaN) {
  for (const bool balance : {false, true}) {
    WkvCase c = this->rounded_case({.T = 40, .H = 1, .N = 32, .balance = balance});
    Values lw = c.inputs.at("lw").values();
    for (size_t i = 0; i < lw.size(); ++i)
      if (i / 32 % 2 == 1) lw[i] = float_from_bf16(bf16_from_float(-1e30f));
    c.inputs.at("lw") = HeadsBuffer(c.shape, 1, lw);
    this->expect_close(this->run(c, {}), TypeParam::reference(c));
  }
}

TYPED_TEST(ChunkTest, TheStateMayBeUpdatedInPlace) {
  const WkvCase c = this->rounded_case({.B = 3, .T = 20, .H = 2, .N = 64, .slots = {2, 0, 1}});
  WkvResults got = this->run(c, {.in_place = true}), wanted = this->run(c, {});
  for (const char* name : {"o", "sT"}) EXPECT_EQ(got[name], wanted[name]) << name;
}

// What a barrier orders is the same in any order of warps; so is what blocks do.
TYPED_TEST(ChunkTest, ResultsDoNotDependOnTheOrderOfWarpsAndBlocks) {
  for (const int64_t N : {32, 128}) {
    const WkvCase c = this->rounded_case({.B = 2, .T = 70, .H = 2, .N = N, .v_heads = 1, .balance = true});
    EXPECT_EQ(this->run(c, {.is_reversed = true}), this->run(c, {}));
  }
}

TYPED_TEST(ChunkTest, OtherShapesAreLeftToOtherKernels) {
  const WkvCase c = this->rounded_case({.T = 3, .H = 2, .N = 64});
  WkvInputs x = wkv_form(TypeParam::inputs(c));
  EXPECT_FALSE(plan_supports(x)) << "float32";
  for (HeadsIn* rows : {&x.r, &x.k, &x.v, &x.kk, &x.a}) rows->dtype = DType::kBF16;
  EXPECT_TRUE(plan_supports(x));
  const auto supports = [&](auto&& change) {
    WkvInputs changed = x;
    change(changed);
    return plan_supports(changed);
  };
  EXPECT_FALSE(supports([](WkvInputs& y) { y.N = 48; }));
  EXPECT_FALSE(supports([](WkvInputs& y) { y.r.stride_t += 2; }));
  EXPECT_FALSE(supports([](WkvInputs& y) { y.v.data = static_cast<const char*>(y.v.data) + 2; }));
}

}  // namespace
}  // namespace radlads::kernels::cuda
