// The rotation of one head by the angles of one token, for the kernels that rotate.
#if defined(RADLADS_KERNELS_CPU_ROPE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RADLADS_KERNELS_CPU_ROPE_INL_H_
#undef RADLADS_KERNELS_CPU_ROPE_INL_H_
#else
#define RADLADS_KERNELS_CPU_ROPE_INL_H_
#endif

#include <cstdint>

#include "kernels/cpu/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace radlads::kernels::cpu::HWY_NAMESPACE {

enum class Rotation : uint8_t { kForward, kInverse };

/// y = x rotated, both [2 * half] and possibly the same memory; cos and sin are [half].
HWY_INLINE void rotate_head(Rotation rotation, int64_t half, const float* cos, const float* sin,
                            const float* x, float* y) {
  for_each_vector(0, half, [&](auto load, auto store) HWY_ATTR {
    const VF c = load(cos);
    const VF s = rotation == Rotation::kForward ? load(sin) : hn::Neg(load(sin));
    const VF low = load(x), high = load(x + half);
    store(hn::NegMulAdd(high, s, hn::Mul(low, c)), y);
    store(hn::MulAdd(low, s, hn::Mul(high, c)), y + half);
  });
}

}  // namespace radlads::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard
