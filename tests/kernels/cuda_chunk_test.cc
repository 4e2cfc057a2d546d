// The chunked CUDA kernels, run on the host by the emulated tile layer, against the double-precision
// reference on the same bfloat16 inputs.
#include <cstring>
#include <memory>

#include "kernels/cuda/chunk_passes.h"
#include "kernels/wkv_kernels.h"

namespace radlads::kernels::cuda {
namespace {

/// Runs the blocks one after another.
struct HostLauncher {
  void upload(void* target, const void* source, size_t num_bytes) const {
    if (num_bytes > 0) std::memcpy(target, source, num_bytes);
  }

  template <class Kernel>
  void launch(int64_t num_blocks, const typename Kernel::Arguments& arguments) const {
    const auto shared = std::make_unique<typename Kernel::Shared>();
    // Stale values must not matter: all ones are NaN in either type.
    if constexpr (sizeof(*shared) > 1) std::memset(shared.get(), 0xff, sizeof(*shared));
    for (int64_t item = 0; item < num_blocks; ++item)
      Kernel::run(Block{Kernel::kWarps}, arguments, *shared, item);
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

  static WkvResults run(const WkvCase& c, DType results_dtype, DType lw_dtype = DType::kBF16) {
    std::map<std::string, StridedRows> inputs, gradients;
    for (const auto& [name, buffer] : c.inputs) {
      inputs.emplace(name, StridedRows(c.shape, buffer.in().heads, name == "lw" ? lw_dtype : DType::kBF16,
                                       buffer.values()));
      gradients.emplace("d" + name, StridedRows(c.shape, buffer.in().heads, results_dtype));
    }
    WkvInputs x = wkv_form(Kernel::inputs(c));
    x.r = inputs.at("r").in();
    x.lw = inputs.at("lw").in();
    x.k = inputs.at("k").in();
    x.v = inputs.at("v").in();
    if (x.delta) x.kk = inputs.at("kk").in();
    if (x.delta) x.a = inputs.at("a").in();
    EXPECT_TRUE(plan_supports(x));

    Output sT(c.shape.state_floats()), ds0(c.shape.state_floats());
    Output checkpoints(Kernel::checkpoint_floats(Kernel::inputs(c)));
    StridedRows o(c.shape, c.shape.H, results_dtype);
    std::vector<char> workspace(std::max(forward_workspace_bytes(x), backward_workspace_bytes(x)) + 1, -1);
    forward_pass(HostLauncher{}, x, {o.out(), sT.data(), checkpoints.data()}, workspace.data());
    std::fill(workspace.begin(), workspace.end(), -1);
    const auto gradient = [&](const char* name) { return gradients.at(name).out(); };
    backward_pass(HostLauncher{}, x, checkpoints.data(),
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

  static void expect_close(const WkvResults& got, const WkvResults& wanted) {
    for (const auto& [name, values] : wanted) {
      const double error = relative_error(got.at(name), values);
      const double bound = name == "o" || name == "sT" ? 5e-3 : 1e-2;
      EXPECT_LE(error, bound) << name;
      double& worst = worst_errors()[name];
      worst = std::max(worst, error);
    }
  }

  static void expect_reference(const WkvShape& shape, DType results_dtype = DType::kF32) {
    SCOPED_TRACE(testing::Message() << "B" << shape.B << " T" << shape.T << " H" << shape.H << " N" << shape.N
                                    << (shape.balance ? " balance" : ""));
    const WkvCase c = rounded_case(shape);
    expect_close(run(c, results_dtype), Kernel::reference(c));
  }

  static std::map<std::string, double>& worst_errors() {
    static std::map<std::string, double> errors;
    return errors;
  }

  void TearDown() override {
    for (const auto& [name, error] : worst_errors()) RecordProperty(name, std::to_string(error));
    if (std::getenv("CHUNK_ERRORS"))
      for (const auto& [name, error] : worst_errors()) std::printf("%s %.2e\n", name.c_str(), error);
    worst_errors().clear();
  }
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

TYPED_TEST(ChunkTest, SequencesHaveTheirOwnStates) {
  this->expect_reference({.T = 106,
                          .H = 2,
                          .N = 32,
                          .boundaries = {0, 0, 1, 34, 34, 105, 106, 106},
                          .slots = {5, 3, 1, 0, 2, 4, 6}});
}

TYPED_TEST(ChunkTest, GradientsOfSharedHeadsAreSums) {
  this->expect_reference(
      {.B = 2, .T = 37, .H = 6, .N = 32, .k_heads = 2, .v_heads = 2, .kk_heads = 2, .balance = true});
  this->expect_reference({.T = 37, .H = 4, .N = 32, .k_heads = 4, .v_heads = 1, .kk_heads = 2});
}

TYPED_TEST(ChunkTest, BalanceScalesKeys) {
  this->expect_reference({.T = 70, .H = 2, .N = 64, .balance = true});
}

TYPED_TEST(ChunkTest, ExtremeDecaysEqualTheReference) {
  for (const bool balance : {false, true}) {
    this->expect_reference({.T = 130, .H = 2, .N = 64, .balance = balance, .decay = Decay::kExtreme});
  }
}

}  // namespace
}  // namespace radlads::kernels::cuda
