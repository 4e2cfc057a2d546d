// An item of work of either pass, for one instruction set: a head of a sequence, or a unit of heads.
#if defined(RADLADS_KERNELS_CPU_WKV_PASSES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RADLADS_KERNELS_CPU_WKV_PASSES_INL_H_
#undef RADLADS_KERNELS_CPU_WKV_PASSES_INL_H_
#else
#define RADLADS_KERNELS_CPU_WKV_PASSES_INL_H_
#endif

#include <type_traits>

#include "kernels/cpu/wkv_backward-inl.h"
#include "kernels/cpu/wkv_forward-inl.h"
#include "kernels/cpu/wkv_step-inl.h"

HWY_BEFORE_NAMESPACE();
namespace radlads::kernels::cpu::HWY_NAMESPACE {

/// Calls body(N) with the usual head sizes as constants, so that the compiler knows all loops and strides.
/// Where vectors are short that would not pay for the code.
template <class Body>
HWY_INLINE void with_head_size(int64_t N, const Body& body) {
  if constexpr (kFloatLanes >= 8) {
    if (N == 32) return body(std::integral_constant<int64_t, 32>());
    if (N == 64) return body(std::integral_constant<int64_t, 64>());
    if (N == 128) return body(std::integral_constant<int64_t, 128>());
  }
  body(N);
}

/// Up to so many tokens are quicker one by one, in memory, than with a copy of the state in scratch memory.
inline constexpr int64_t kMaxSteps = 8;

template <bool kDelta>
HWY_INLINE void forward_item(const WkvInputs& inputs, const WkvOutputs& outputs, int64_t item,
                             float* memory) {
  const WkvSequence sequence = wkv_sequence(inputs, item / inputs.H);
  const int64_t h = item % inputs.H;
  const bool steps = sequence.length <= kMaxSteps && outputs.sT != nullptr && outputs.checkpoints == nullptr;
  with_head_size(inputs.N, [&](auto N) HWY_ATTR {
    WkvMemory parts(memory);
    const WkvForwardScratch scratch(N, parts);
    steps ? step_head<kDelta>(N, inputs, outputs, sequence, h, scratch)
          : forward_head<kDelta>(N, inputs, outputs, sequence, h, scratch);
  });
}

template <bool kDelta>
HWY_INLINE void backward_item(const WkvInputs& inputs, const float* checkpoints,
                              const WkvGradients& gradients, int64_t item, float* memory) {
  const int64_t units = inputs.num_units();
  const WkvSequence sequence = wkv_sequence(inputs, item / units);
  with_head_size(inputs.N, [&](auto N) HWY_ATTR {
    WkvMemory parts(memory);
    backward_unit<kDelta>(N, inputs, checkpoints, gradients, sequence, item % units,
                          WkvBackwardScratch(N, inputs.H / units, parts));
  });
}

}  // namespace radlads::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard
