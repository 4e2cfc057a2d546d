#include "kernels/wkv7.h"

#include "kernels/wkv_suite.h"

namespace radlads::kernels {
namespace {

INSTANTIATE_TYPED_TEST_SUITE_P(Wkv7, WkvTest, Wkv7Kernel);

// With a = 1, no decay and unit kk = k, a second token with the same key replaces the first one's value (the
// delta rule).
TEST(Wkv7, ASecondValueUnderTheSameKeyReplacesTheFirst) {
  WkvCase c({.T = 2, .H = 1, .N = 8, .has_state = false}, 0);
  for (const char* name : {"r", "k", "kk"}) {
    float* x = static_cast<float*>(c.inputs.at(name).out().data);
    for (int64_t i = 0; i < 16; ++i) x[i] = i % 8 == 3 ? 1.0f : 0.0f;
  }
  std::fill_n(static_cast<float*>(c.inputs.at("a").out().data), 16, 1.0f);
  const Values v = c.inputs.at("v").values();
  EXPECT_EQ(run_kernel<Wkv7Kernel>(c).at("o"), v);
}

}  // namespace
}  // namespace radlads::kernels
