#include "bench/fma_peak.h"

#include <atomic>
#include <chrono>
#include <cstdint>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "bench/fma_peak.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "core/parallel.h"

HWY_BEFORE_NAMESPACE();
namespace radlads::bench::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Tag = hn::ScalableTag<float>;

// Enough independent sums to hide the latency of an addition, and few enough for the 32 registers of AVX-512
// or the 16 of the others.
constexpr int kSums = HWY_MAX_BYTES >= 64 ? 24 : 12;

/// FLOPs of `rounds` rounds; `result` keeps the compiler from removing them.
double multiply_add(int64_t rounds, float* result) {
  const Tag d;
  const auto factor = hn::Set(d, 0.999f), term = hn::Set(d, *result);
  hn::Vec<Tag> sums[kSums];
  for (auto& sum : sums) sum = term;
  for (int64_t round = 0; round < rounds; ++round) {
    HWY_UNROLL(24)
    for (int i = 0; i < kSums; ++i) sums[i] = hn::MulAdd(sums[i], factor, term);
  }
  for (int i = 1; i < kSums; ++i) sums[0] = hn::Add(sums[0], sums[i]);
  *result = hn::GetLane(sums[0]);
  return 2.0 * kSums * static_cast<double>(hn::Lanes(d)) * static_cast<double>(rounds);
}

}  // namespace radlads::bench::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace radlads::bench {

HWY_EXPORT(multiply_add);

double fma_peak(int num_threads) {
  using Clock = std::chrono::steady_clock;
  constexpr int64_t kRounds = 400'000;
  std::atomic<double> flops = 0;
  const auto begin = Clock::now();
  parallel_items(num_threads, num_threads, [&](int64_t) {
    volatile float start = 1e-3f;
    float result = start;
    flops += HWY_DYNAMIC_DISPATCH(multiply_add)(kRounds, &result);
    start = result;
  });
  return flops / std::chrono::duration<double>(Clock::now() - begin).count() * 1e-9;
}

}  // namespace radlads::bench
#endif  // HWY_ONCE
