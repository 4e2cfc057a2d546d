// Loads weights of any stored type as vectors of float32, optionally rounded to bfloat16 on the way.
#if defined(RADLADS_KERNELS_CPU_WEIGHTS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RADLADS_KERNELS_CPU_WEIGHTS_INL_H_
#undef RADLADS_KERNELS_CPU_WEIGHTS_INL_H_
#else
#define RADLADS_KERNELS_CPU_WEIGHTS_INL_H_
#endif

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "core/dtype.h"
#include "core/error.h"
#include "kernels/cpu/simd-inl.h"
#include "kernels/cpu/weights.h"

HWY_BEFORE_NAMESPACE();
namespace radlads::kernels::cpu::HWY_NAMESPACE {

/// The nearest bfloat16, ties to even, as float32; NaN stays NaN.
HWY_INLINE VF round_to_bf16(VF v) {
  const Floats d;
  const hn::RebindToUnsigned<Floats> du;
  const auto bits = hn::BitCast(du, v);
  const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(du, 1u));
  const auto rounded = hn::And(hn::Add(bits, hn::Add(odd, hn::Set(du, 0x7fffu))), hn::Set(du, 0xffff0000u));
  return hn::IfThenElse(hn::IsNaN(v), v, hn::BitCast(d, rounded));
}

HWY_INLINE VF widen(const float* p) { return hn::LoadU(Floats(), p); }

HWY_INLINE VF widen(const hwy::bfloat16_t* p) {
  const hn::Rebind<uint16_t, Floats> narrow;
  const hn::RebindToUnsigned<Floats> wide;
  const auto bits = hn::PromoteTo(wide, hn::LoadU(narrow, reinterpret_cast<const uint16_t*>(p)));
  return hn::BitCast(Floats(), hn::ShiftLeft<16>(bits));
}

HWY_INLINE VF widen(const hwy::float16_t* p) {
  return hn::PromoteTo(Floats(), hn::LoadU(hn::Rebind<hwy::float16_t, Floats>(), p));
}

/// Elements of a stored type T, read as float32.
template <class T, Rounding kRounding>
struct Weights {
  const T* data = nullptr;

  HWY_INLINE VF load(int64_t i) const {
    const VF v = widen(data + i);
    return kRounding == Rounding::kBFloat16 ? round_to_bf16(v) : v;
  }

  /// The first `count` elements from i on, count at most a vector's lanes; the others are 0.
  HWY_INLINE VF load(int64_t i, int64_t count) const {
    if (count == kFloatLanes) return load(i);
    HWY_ALIGN T part[kFloatLanes] = {};
    std::copy_n(data + i, std::min(count, kFloatLanes), part);
    return Weights{part}.load(0);
  }
};

/// Calls body(Weights) for weights of a stored type. bfloat16 needs no rounding.
template <class Body>
HWY_INLINE void with_weights(StoredWeights source, Rounding rounding, const Body& body) {
  const auto run = [&](const auto* typed) HWY_ATTR {
    using T = std::remove_cvref_t<decltype(*typed)>;
    if (rounding == Rounding::kBFloat16) return body(Weights<T, Rounding::kBFloat16>{typed});
    body(Weights<T, Rounding::kNone>{typed});
  };
  switch (source.dtype) {
    case DType::kF32:
      return run(static_cast<const float*>(source.data));
    case DType::kF16:
      return run(static_cast<const hwy::float16_t*>(source.data));
    case DType::kBF16:
      return body(
          Weights<hwy::bfloat16_t, Rounding::kNone>{static_cast<const hwy::bfloat16_t*>(source.data)});
    default:
      RADLADS_CHECK(false, "weights of type {}", safetensors_name(source.dtype));
  }
}

}  // namespace radlads::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard
