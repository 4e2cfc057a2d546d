// The recurrences as autograd sees them, on every golden case.
#include <filesystem>

#include <gtest/gtest.h>

#include "io/safetensors.h"
#include "support/expect_close.h"
#include "train/ops.h"

namespace radlads::train {
namespace {

namespace fs = std::filesystem;

// The bounds of the golden vectors for float32.
constexpr double kBound = 5e-6;

std::vector<fs::path> golden_cases(const std::string& kernel) {
  const fs::directory_iterator files(RADLADS_SOURCE_DIR "/tests/data/golden/kernels/" + kernel);
  return {begin(files), end(files)};
}

/// The tensors of a case; rows of a batch are sequences.
class Case {
 public:
  explicit Case(const fs::path& path) : file_(path) {
    const Shape& shape = file_.tensors().at("v").shape;
    batch_ = {.B = shape[0], .T = shape[1]};
    const auto M = static_cast<size_t>(batch_.num_tokens());
    batch_.tokens.resize(M);
    batch_.targets.resize(M);
    batch_.positions.resize(M);
    for (int64_t b = 0; b <= batch_.B; ++b) batch_.boundaries.push_back(b * batch_.T);
    config_.H = config_.Hkv = shape[2];
    config_.N = shape[3];
  }

  Pass pass() { return Pass(config_, batch_, context_, at::kFloat); }

  /// A time tensor as [M,A], a state as it is; undefined where the case has none.
  Tensor tensor(const std::string& name) const {
    const auto entry = file_.tensors().find(name);
    if (entry == file_.tensors().end()) return {};
    const auto values = entry->second.f32();
    const Shape& shape = entry->second.shape;
    const bool is_state = name == "s0" || name == "sT" || name == "dsT" || name == "ds0";
    const std::vector<int64_t> sizes = is_state
                                           ? std::vector<int64_t>(shape.begin(), shape.end())
                                           : std::vector<int64_t>{batch_.num_tokens(), config_.H * config_.N};
    return at::tensor(at::ArrayRef<float>(values.data(), values.size())).reshape(sizes);
  }

  Tensor input(const std::string& name) {
    Tensor x = tensor(name);
    if (x.defined()) inputs_.emplace_back(name, x.requires_grad_());
    return x;
  }

  void expect_golden(const WkvOutputs& y) {
    expect_close(y.o, "o");
    expect_close(y.sT, "sT");
    Tensor loss = (y.o * tensor("do")).sum();
    if (const Tensor d_sT = tensor("dsT"); d_sT.defined()) loss = loss + (y.sT * d_sT).sum();
    loss.backward();
    for (const auto& [name, x] : inputs_) expect_close(x.grad(), "d" + name);
  }

 private:
  void expect_close(const Tensor& got, const std::string& name) {
    const Tensor wanted = tensor(name), values = got.detach().contiguous();
    const auto span = [](const Tensor& x) {
      return std::span<const float>(x.data_ptr<float>(), static_cast<size_t>(x.numel()));
    };
    EXPECT_TRUE(is_close(span(values), span(wanted), kBound)) << name;
  }

  Safetensors file_;
  Batch batch_;
  ModelConfig config_;
  kernels::Context context_{.num_threads = 2};
  std::vector<std::pair<std::string, Tensor>> inputs_;
};

TEST(Autograd, Wkv6EqualsTheGoldenCases) {
  for (const fs::path& path : golden_cases("wkv6")) {
    SCOPED_TRACE(path);
    Case c(path);
    const Pass pass = c.pass();
    c.expect_golden(wkv6(pass,
                         {.q = c.input("q"), .k = c.input("k"), .v = c.input("v"), .lw = c.input("logw")},
                         /*balance=*/false, c.input("s0"), true));
  }
}

TEST(Autograd, Wkv7EqualsTheGoldenCases) {
  for (const fs::path& path : golden_cases("wkv7")) {
    SCOPED_TRACE(path);
    Case c(path);
    const Pass pass = c.pass();
    const Wkv7Tensors x = {.r = c.input("r"),
                           .lw = c.input("logw"),
                           .a = c.input("a"),
                           .k = c.input("k"),
                           .kk = c.input("kk"),
                           .v = c.input("v")};
    c.expect_golden(wkv7(pass, x, /*balance=*/false, c.input("s0"), true));
  }
}

}  // namespace
}  // namespace radlads::train
