#include "kernels/wkv6.h"

#include "kernels/wkv_suite.h"

namespace radlads::kernels {
namespace {

INSTANTIATE_TYPED_TEST_SUITE_P(Wkv6, WkvTest, Wkv6Kernel);

// One token from a zero state: o = N^-0.5 (q . k) v.
TEST(Wkv6, TheFirstTokenIsScaledAttentionToItself) {
  const WkvCase c({.T = 1, .H = 1, .N = 8, .has_state = false}, -5);
  const WkvResults results = run_kernel<Wkv6Kernel>(c);
  const Values q = c.inputs.at("r").values(), k = c.inputs.at("k").values(), v = c.inputs.at("v").values();
  float score = 0;
  for (int64_t n = 0; n < 8; ++n) score += q[n] * k[n] / std::sqrt(8.0f);
  Values wanted;
  for (int64_t n = 0; n < 8; ++n) wanted.push_back(score * v[n]);
  EXPECT_TRUE(is_close(results.at("o"), wanted, 1e-6));
}

}  // namespace
}  // namespace radlads::kernels
