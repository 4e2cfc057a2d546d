#include "bench/simd_target.h"

#include <cstdint>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "bench/simd_target.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>
#include <hwy/targets.h>

#include "core/error.h"

HWY_BEFORE_NAMESPACE();
namespace radlads::bench::HWY_NAMESPACE {

int64_t target() { return HWY_TARGET; }

}  // namespace radlads::bench::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace radlads::bench {

HWY_EXPORT(target);

std::string simd_target() { return hwy::TargetName(HWY_DYNAMIC_DISPATCH(target)()); }

void force_simd_target(const std::string& name) {
  std::string available;
  for (const int64_t target : hwy::SupportedAndGeneratedTargets()) {
    if (name == hwy::TargetName(target)) {
      hwy::SetSupportedTargetsForTest(target);
      hwy::GetChosenTarget().Update(hwy::SupportedTargets());
      return;
    }
    available += (available.empty() ? "" : ", ") + std::string(hwy::TargetName(target));
  }
  fail("--target {}: that instruction set is not available here, only {}", name, available);
}

}  // namespace radlads::bench
#endif  // HWY_ONCE
