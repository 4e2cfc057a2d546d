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
/// Where vectors are short that would not be worth the code.
template <class Body>
HWY_INLINE void with_head_size(int64_t N, const Body& body) {
  if constexpr (kFloatLanes >= 8) {
    if (N == 32) return body(std::integral_constant<int64_t, 32>());
    if (N == 64) return body(std::integral_constant<int64_t, 64>());
    if (N == 128) return body(std::integral_constant<int64_t, 128>());
  }
  body(N);
}

template <bool kDelta>
HWY_INLINE void forward_item(const WkvInputs& inputs, const WkvOutputs& outputs, int64_t s, int64_t h,
                             WkvColumns columns, float* memory) {
  const WkvSequence sequence = wkv_sequence(inputs, s);
  const bool steps =
      sequence.length <= kWkvMaxSteps && outputs.sT != nullptr && outputs.checkpoints == nullptr;
  with_head_size(inputs.N, [&](auto N) HWY_ATTR {
    WkvMemory parts(memory);
    const WkvForwardScratch scratch(N, parts);
    steps ? step_head<kDelta>(N, inputs, outputs, sequence, h, columns, scratch)
          : forward_head<kDelta>(N, inputs, outputs, sequence, h, columns, scratch);
  });
}

/// Calls body(N, scratch) for the items of the backward pass.
template <class Body>
HWY_INLINE void with_backward_scratch(const WkvInputs& inputs, float* memory, const Body& body) {
  with_head_size(inputs.N, [&](auto N) HWY_ATTR {
    WkvMemory parts(memory);
    body(N, WkvBackwardScratch(N, inputs.H / inputs.num_units(), parts));
  });
}

template <bool kDelta>
void unit_item(const WkvBackwardPass& pass, int64_t s, int64_t unit, float* memory) {
  with_backward_scratch(pass.inputs, memory, [&](auto N, const WkvBackwardScratch& scratch) HWY_ATTR {
    backward_unit<kDelta>(N, pass, wkv_sequence(pass.inputs, s), unit, scratch);
  });
}

template <bool kDelta>
void propagate_item(const WkvBackwardPass& pass, int64_t s, int64_t h, WkvColumns columns, float* memory) {
  with_backward_scratch(pass.inputs, memory, [&](auto N, const WkvBackwardScratch& scratch) HWY_ATTR {
    propagate_head<kDelta>(N, pass, wkv_sequence(pass.inputs, s), h, columns, scratch);
  });
}

template <bool kDelta>
void chunk_item(const WkvBackwardPass& pass, int64_t s, int64_t chunk, int64_t unit, float* memory) {
  with_backward_scratch(pass.inputs, memory, [&](auto N, const WkvBackwardScratch& scratch) HWY_ATTR {
    backward_chunk<kDelta>(N, pass, wkv_sequence(pass.inputs, s), chunk, unit, scratch);
  });
}

template <bool kDelta>
WkvBackwardItems backward_items() {
  return {unit_item<kDelta>, propagate_item<kDelta>, chunk_item<kDelta>, kChunk<kDelta>};
}

}  // namespace radlads::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard
