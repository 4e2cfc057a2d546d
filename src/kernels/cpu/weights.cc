#include "kernels/cpu/weights.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/weights.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include "core/parallel.h"
#include "kernels/cpu/simd-inl.h"
#include "kernels/cpu/threading.h"
#include "kernels/cpu/weights-inl.h"

HWY_BEFORE_NAMESPACE();
namespace radlads::kernels::cpu::HWY_NAMESPACE {

void widen_weights_range(StoredWeights source, Rounding rounding, int64_t begin, int64_t count,
                         float* target) {
  with_weights(source, rounding, [&](const auto& weights) HWY_ATTR {
    for (int64_t i = 0; i < count; i += kFloatLanes) {
      const int64_t valid = std::min(kFloatLanes, count - i);
      store_up_to(weights.load(begin + i, valid), target + i, valid);
    }
  });
}

void narrow_weights_range(StoredWeights source, int64_t begin, int64_t count, uint16_t* target) {
  const hn::Rebind<hwy::bfloat16_t, Floats> narrow;
  with_weights(source, Rounding::kBFloat16, [&](const auto& weights) HWY_ATTR {
    for (int64_t i = 0; i < count; i += kFloatLanes) {
      const int64_t valid = std::min(kFloatLanes, count - i);
      HWY_ALIGN hwy::bfloat16_t part[kFloatLanes];
      hn::Store(hn::DemoteTo(narrow, weights.load(begin + i, valid)), narrow, part);  // exact: it was rounded
      std::copy_n(reinterpret_cast<const uint16_t*>(part), valid, target + i);
    }
  });
}

}  // namespace radlads::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace radlads::kernels::cpu {

HWY_EXPORT(widen_weights_range);
HWY_EXPORT(narrow_weights_range);

void widen_weights(Context& context, StoredWeights source, Rounding rounding, int64_t begin, int64_t count,
                   float* target) {
  parallel_ranges(count, threads_for(context, count), [&](int64_t first, int64_t last) {
    HWY_DYNAMIC_DISPATCH(widen_weights_range)
    (source, rounding, begin + first, last - first, target + first);
  });
}

void narrow_weights(Context& context, StoredWeights source, int64_t begin, int64_t count, uint16_t* target) {
  parallel_ranges(count, threads_for(context, count), [&](int64_t first, int64_t last) {
    HWY_DYNAMIC_DISPATCH(narrow_weights_range)(source, begin + first, last - first, target + first);
  });
}

}  // namespace radlads::kernels::cpu
#endif  // HWY_ONCE
