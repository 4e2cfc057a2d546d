// The tests that the CUDA kernels of wkv6 and wkv7 must pass, on a GPU (cuda_test.cc) and as the host runs
// them (cuda_emulation_test.cc). A machine has, besides its memory, is_there(), kTakesChunks (of bfloat16),
// and forward<kDelta> and backward<kDelta> in the common form.
#pragma once

#include <string>
#include <type_traits>

#include "kernels/machine_tensor.h"
#include "kernels/wkv.h"
#include "kernels/wkv_golden.h"
#include "kernels/wkv_kernels.h"
#include "support/expect_close.h"

namespace radlads::kernels {

/// Of float32 sums in another order than the reference's.
inline constexpr double kCudaBound = 5e-6;

/// Of a result that is rounded to bfloat16, which has 8 bits: half of the last, relative to the largest
/// value.
inline constexpr double kRoundingOfBf16 = 0x1p-8;

/// Of results of the chunked kernels, whose products have bfloat16 operands (cuda_chunk_suite.h has sharper
/// bounds for their norm).
inline constexpr double kChunkBound = 0x1p-6;

template <class KernelOfPair, class MachineOfPair>
struct CudaPair {
  using Kernel = KernelOfPair;
  using Machine = MachineOfPair;
};

template <class Pair>
class CudaWkvTest : public testing::Test {
 protected:
  using Kernel = typename Pair::Kernel;
  using Machine = typename Pair::Machine;
  using Tensor = MachineHeads<Machine>;
  using Floats = MachineFloats<Machine>;

  static constexpr bool kDelta = std::is_same_v<Kernel, Wkv7Kernel>;
  static constexpr double kBf16Bound = Machine::kTakesChunks ? kChunkBound : kRoundingOfBf16 + kCudaBound;

  void SetUp() override {
    if (!Machine::is_there()) GTEST_SKIP() << "no CUDA device";
  }

  static WkvCase make_case(const WkvShape& shape) { return WkvCase(shape, Kernel::kLowestLw); }

  /// A case's inputs on the machine. The case must outlive it.
  struct Inputs {
    Inputs(const WkvCase& c, DType dtype) : s0(c.s0), form(wkv_form(Kernel::inputs(c))) {
      for (const auto& [name, buffer] : c.inputs)
        tensors.emplace(name, Tensor(c.shape, c.in(name).heads, dtype, buffer.values()));
      for (const auto& [name, view] : views(form)) *view = tensors.at(name).in();
      if (form.s0 != nullptr) form.s0 = s0.data();
    }

    static std::map<std::string, HeadsIn*> views(WkvInputs& x) {
      std::map<std::string, HeadsIn*> all = {{"r", &x.r}, {"lw", &x.lw}, {"k", &x.k}, {"v", &x.v}};
      if (kDelta) all.insert({{"kk", &x.kk}, {"a", &x.a}});
      return all;
    }

    std::map<std::string, Tensor> tensors;
    Floats s0;
    WkvInputs form;
  };

  /// The forward pass as inference runs it. With in_place the final states replace the initial ones.
  static WkvResults infer(const WkvCase& c, bool in_place = false, DType dtype = DType::kF32,
                          Machine machine = {}) {
    const Inputs x(c, dtype);
    const Tensor o(c.shape, c.shape.H, dtype);
    const Floats apart(c.shape.state_floats());
    const Floats& sT = in_place ? x.s0 : apart;
    machine.template forward<kDelta>(x.form, {.o = o.out(), .sT = sT.data()}, 0);
    return {{"o", o.values()}, {"sT", sT.values()}};
  }

  /// Both passes, with all results.
  static WkvResults run(const WkvCase& c, DType dtype = DType::kF32, Machine machine = {}) {
    const Inputs x(c, dtype);
    const int64_t checkpoint_floats = Kernel::checkpoint_floats(Kernel::inputs(c));
    const Floats checkpoints(checkpoint_floats), sT(c.shape.state_floats()), ds0(c.shape.state_floats()),
        d_sT(c.d_sT);
    const Tensor o(c.shape, c.shape.H, dtype);
    std::map<std::string, Tensor> gradients;
    for (const std::string& name : Kernel::input_names())
      gradients.emplace("d" + name, Tensor(c.shape, c.in(name).heads, dtype));
    WkvGradients g = {.d_o = x.tensors.at("d_o").in(),
                      .d_sT = c.final_gradient() == nullptr ? nullptr : d_sT.data(),
                      .dr = gradients.at("dr").out(),
                      .dlw = gradients.at("dlw").out(),
                      .dk = gradients.at("dk").out(),
                      .dv = gradients.at("dv").out(),
                      .ds0 = ds0.data()};
    if (kDelta) g.dkk = gradients.at("dkk").out();
    if (kDelta) g.da = gradients.at("da").out();
    machine.template forward<kDelta>(
        x.form, {.o = o.out(), .sT = sT.data(), .checkpoints = checkpoints.data()}, checkpoint_floats);
    machine.template backward<kDelta>(x.form, checkpoints.data(), g);
    checkpoints.values();
    WkvResults results = {{"o", o.values()}, {"sT", sT.values()}, {"ds0", ds0.values()}};
    for (const auto& [name, tensor] : gradients) results[name] = tensor.values();
    return results;
  }

  static void expect_close(const WkvResults& got, const WkvResults& wanted, DType dtype) {
    for (const auto& [name, values] : got) {
      const bool is_state = name == "sT" || name == "ds0";
      const bool is_rounded = dtype == DType::kBF16 && (Machine::kTakesChunks || !is_state);
      EXPECT_TRUE(is_close(values, wanted.at(name), is_rounded ? kBf16Bound : kCudaBound)) << name;
    }
  }

  static void expect_equal(const WkvResults& got, const WkvResults& wanted) {
    for (const auto& [name, values] : wanted) EXPECT_EQ(got.at(name), values) << name;
  }

  /// Both passes, and inference.
  static void expect_reference(const WkvCase& c, DType dtype = DType::kF32) {
    SCOPED_TRACE(testing::Message() << "B" << c.shape.B << " T" << c.shape.T << " H" << c.shape.H << " N"
                                    << c.shape.N);
    const WkvResults wanted = Kernel::reference(c);
    expect_close(run(c, dtype), wanted, dtype);
    expect_close(infer(c, false, dtype), wanted, dtype);
  }

  static void round_to_bf16(WkvCase& c) {
    for (auto& [name, buffer] : c.inputs) {
      std::vector<float> values = buffer.values();
      for (float& value : values) value = float_from_bf16(bf16_from_float(value));
      buffer = HeadsBuffer(c.shape, buffer.in().heads, values);
    }
  }
};

TYPED_TEST_SUITE_P(CudaWkvTest);

TYPED_TEST_P(CudaWkvTest, EveryLengthAndHeadSizeEqualsTheReference) {
  bool balance = false;
  for (const int64_t T : {1, 2, 15, 16, 17, 33, 65}) {
    for (const int64_t N : {8, 24, 32, 64, 128}) {
      this->expect_reference(this->make_case({.T = T, .H = 2, .N = N, .balance = balance}));
      balance = !balance;
    }
  }
}

TYPED_TEST_P(CudaWkvTest, OddAndLargeHeadsEqualTheReference) {
  for (const int64_t N : {40, 136, 256}) {
    for (const int64_t T : {1, 21})
      this->expect_reference(this->make_case({.T = T, .H = 1, .N = N, .balance = true}));
  }
}

TYPED_TEST_P(CudaWkvTest, GroupedHeadsEqualTheReference) {
  for (const WkvShape& shape : std::vector<WkvShape>{
           {.B = 3, .T = 2, .H = 4, .N = 16, .k_heads = 2, .v_heads = 2, .kk_heads = 2, .balance = true},
           {.B = 2, .T = 19, .H = 3, .N = 24, .k_heads = 1, .v_heads = 1, .kk_heads = 1, .has_state = false},
           {.B = 2, .T = 16, .H = 6, .N = 64, .k_heads = 2, .kk_heads = 2, .balance = true},
           {.T = 17, .H = 2, .N = 128, .v_heads = 1, .layout = Layout::kSliced},
           {.B = 2, .T = 1, .H = 4, .N = 32, .k_heads = 2, .v_heads = 1, .kk_heads = 1, .balance = true}}) {
    this->expect_reference(this->make_case(shape));
  }
}

TYPED_TEST_P(CudaWkvTest, PackedSequencesEqualTheReference) {
  for (const int64_t N : {32, 64}) {
    this->expect_reference(this->make_case({.T = 70,
                                            .H = 2,
                                            .N = N,
                                            .k_heads = 1,
                                            .balance = true,
                                            .boundaries = {0, 0, 1, 34, 34, 69, 70, 70},
                                            .layout = Layout::kSliced}));
    this->expect_reference(this->make_case({.T = 4, .H = 2, .N = N, .boundaries = {0, 1, 2, 3, 4}}));
  }
}

TYPED_TEST_P(CudaWkvTest, StatesLieInTheirSlots) {
  for (const int64_t T : {1, 20}) {
    const WkvCase c = this->make_case({.B = 3, .T = T, .H = 2, .N = 16, .slots = {4, 0, 2}});
    WkvResults got = this->run(c), inferred = this->infer(c), wanted = TypeParam::Kernel::reference(c);
    for (std::vector<float>* states : {&got["sT"], &got["ds0"], &inferred["sT"]}) {
      const int64_t size = 2 * 16 * 16;
      for (const int64_t unused : {1, 3}) {
        EXPECT_TRUE(std::isnan(states->at(unused * size))) << "an unused slot was written";
        std::fill_n(states->begin() + unused * size, size, 0.0f);
      }
    }
    this->expect_close(got, wanted, DType::kF32);
    this->expect_close(inferred, wanted, DType::kF32);
  }
}

TYPED_TEST_P(CudaWkvTest, Bfloat16EqualsTheReferenceOfTheSameValues) {
  for (const WkvShape& shape : std::vector<WkvShape>{
           {.B = 2, .T = 35, .H = 2, .N = 64, .k_heads = 1, .v_heads = 1, .kk_heads = 1, .balance = true},
           {.T = 17, .H = 2, .N = 24, .layout = Layout::kSliced},
           {.B = 4, .T = 1, .H = 2, .N = 64, .balance = true}}) {
    WkvCase c = this->make_case(shape);
    this->round_to_bf16(c);
    this->expect_reference(c, DType::kBF16);
  }
}

TYPED_TEST_P(CudaWkvTest, ExtremeDecaysEqualTheReference) {
  for (const int64_t N : {16, 64}) {
    for (const bool balance : {false, true}) {
      const WkvShape shape = {.T = 65, .H = 2, .N = N, .balance = balance, .decay = Decay::kExtreme};
      this->expect_reference(this->make_case(shape));
    }
  }
  for (const int64_t T : {1, 40}) {
    for (const float lw : {0.0f, -1e30f}) {
      WkvCase c = this->make_case({.T = T, .H = 1, .N = 16, .balance = true});
      std::vector<float> values(static_cast<size_t>(T * 16), lw);
      c.inputs.at("lw") = HeadsBuffer(c.shape, 1, values);
      this->expect_reference(c);
    }
  }
}

TYPED_TEST_P(CudaWkvTest, WithoutTokensStatesPassThrough) {
  const WkvCase c = this->make_case({.B = 2, .T = 0, .H = 2, .N = 24});
  const WkvResults results = this->run(c);
  EXPECT_EQ(results.at("sT"), c.s0);
  EXPECT_EQ(results.at("ds0"), c.d_sT);
}

TYPED_TEST_P(CudaWkvTest, WithoutStatesTheFirstIsZero) {
  for (const int64_t T : {1, 2, 33})
    this->expect_reference(this->make_case({.B = 2, .T = T, .H = 2, .N = 32, .has_state = false}));
}

TYPED_TEST_P(CudaWkvTest, TheStateMayBeUpdatedInPlace) {
  for (const int64_t T : {1, 20}) {
    for (const int64_t N : {24, 64, 128}) {
      const WkvCase c = this->make_case({.B = 3, .T = T, .H = 2, .N = N, .slots = {2, 0, 1}});
      this->expect_equal(this->infer(c, true), this->infer(c));
    }
  }
}

TYPED_TEST_P(CudaWkvTest, DecodingALargeBatchEqualsTheReference) {
  for (const int64_t N : {64, 128}) {
    const WkvCase c = this->make_case({.B = 37, .T = 1, .H = 3, .N = N, .v_heads = 1, .balance = true});
    this->expect_close(this->infer(c), TypeParam::Kernel::reference(c), DType::kF32);
  }
}

TYPED_TEST_P(CudaWkvTest, GoldenCases) {
  const auto files = golden_files(TestFixture::kDelta ? "wkv7" : "wkv6");
  EXPECT_EQ(files.size(), 7u);
  for (const auto& file : files) {
    SCOPED_TRACE(file);
    const GoldenWkvCase golden(file);
    const WkvResults got = this->run(golden.input);
    for (const auto& [name, values] : golden.wanted)
      EXPECT_TRUE(is_close(got.at(name), values, kCudaBound)) << name;
  }
}

REGISTER_TYPED_TEST_SUITE_P(CudaWkvTest, EveryLengthAndHeadSizeEqualsTheReference,
                            OddAndLargeHeadsEqualTheReference, GroupedHeadsEqualTheReference,
                            PackedSequencesEqualTheReference, StatesLieInTheirSlots,
                            Bfloat16EqualsTheReferenceOfTheSameValues, ExtremeDecaysEqualTheReference,
                            WithoutTokensStatesPassThrough, WithoutStatesTheFirstIsZero,
                            TheStateMayBeUpdatedInPlace, DecodingALargeBatchEqualsTheReference, GoldenCases);

}  // namespace radlads::kernels
