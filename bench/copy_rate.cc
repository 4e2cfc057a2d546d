#include "bench/copy_rate.h"

#include <cstdint>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "bench/copy_rate.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "core/parallel.h"

HWY_BEFORE_NAMESPACE();
namespace radlads::bench::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// [begin, end) of x.
void scale_range(float* x, int64_t begin, int64_t end, float factor) {
  const hn::ScalableTag<float> d;
  const auto a = hn::Set(d, factor);
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = begin;
  for (; i + lanes <= end; i += lanes) hn::StoreU(hn::Mul(a, hn::LoadU(d, x + i)), d, x + i);
  for (; i < end; ++i) x[i] *= factor;
}

}  // namespace radlads::bench::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace radlads::bench {

HWY_EXPORT(scale_range);

void scale_in_place(std::span<float> x, float factor, int num_threads) {
  parallel_ranges(static_cast<int64_t>(x.size()), num_threads, [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(scale_range)(x.data(), begin, end, factor);
  });
}

}  // namespace radlads::bench
#endif  // HWY_ONCE
