// SIMD helpers that every CPU kernel uses, compiled once per instruction set (Highway's include pattern: no
// ordinary include guard). Kernels include it after <hwy/foreach_target.h>.
#if defined(RADLADS_KERNELS_CPU_SIMD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RADLADS_KERNELS_CPU_SIMD_INL_H_
#undef RADLADS_KERNELS_CPU_SIMD_INL_H_
#else
#define RADLADS_KERNELS_CPU_SIMD_INL_H_
#endif

#include <cstddef>
#include <cstdint>

#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace radlads::kernels::cpu::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::ScalableTag<float>;
using VF = hn::Vec<Floats>;
inline constexpr int64_t kFloatLanes =
    hn::MaxLanes(Floats());  // of a VF: the tags of x86 and ARM are of fixed size

/// The first `count` floats at p, count below a vector's lanes; the other lanes are 0 and their memory is not
/// touched. (MaskedLoad and BlendedStore touch it on some instruction sets.)
HWY_INLINE VF load_part(const float* p, int64_t count) {
  const Floats d;
#if HWY_MEM_OPS_MIGHT_FAULT
  HWY_ALIGN float lanes[kFloatLanes] = {};
  for (int64_t i = 0; i < count; ++i) lanes[i] = p[i];
  return hn::Load(d, lanes);
#else
  return hn::MaskedLoad(hn::FirstN(d, static_cast<size_t>(count)), d, p);
#endif
}

HWY_INLINE void store_part(VF v, float* p, int64_t count) {
  const Floats d;
#if HWY_MEM_OPS_MIGHT_FAULT
  HWY_ALIGN float lanes[kFloatLanes];
  hn::Store(v, d, lanes);
  for (int64_t i = 0; i < count; ++i) p[i] = lanes[i];
#else
  hn::BlendedStore(v, hn::FirstN(d, static_cast<size_t>(count)), d, p);
#endif
}

/// The same for a count of up to a whole vector.
HWY_INLINE VF load_up_to(const float* p, int64_t count) {
  return count < kFloatLanes ? load_part(p, count) : hn::LoadU(Floats(), p);
}

HWY_INLINE void store_up_to(VF v, float* p, int64_t count) {
  count < kFloatLanes ? store_part(v, p, count) : hn::StoreU(v, Floats(), p);
}

/// Calls body(load, store) for i in [begin, end) in steps of a vector; load(p) reads and store(v, p) writes
/// p[i...]. Nothing past `end` is touched; what is loaded there is `fill`.
template <class Body>
HWY_INLINE void for_each_vector(int64_t begin, int64_t end, VF fill, const Body& body) {
  const Floats d;
  int64_t i = begin;
  for (; i + kFloatLanes <= end; i += kFloatLanes) {
    body([&](const float* p) HWY_ATTR { return hn::LoadU(d, p + i); },
         [&](VF v, float* p) HWY_ATTR { hn::StoreU(v, d, p + i); });
  }
  if (i < end) {
    const auto valid = hn::FirstN(d, static_cast<size_t>(end - i));
    body([&](const float* p) HWY_ATTR { return hn::IfThenElse(valid, load_part(p + i, end - i), fill); },
         [&](VF v, float* p) HWY_ATTR { store_part(v, p + i, end - i); });
  }
}

/// The same; what is loaded past `end` is 0.
template <class Body>
HWY_INLINE void for_each_vector(int64_t begin, int64_t end, const Body& body) {
  for_each_vector(begin, end, hn::Zero(Floats()), body);
}

/// The sum and the largest of a vector's lanes.
HWY_INLINE float sum_lanes(VF v) { return hn::GetLane(hn::SumOfLanes(Floats(), v)); }
HWY_INLINE float max_lanes(VF v) { return hn::GetLane(hn::MaxOfLanes(Floats(), v)); }

/// e^x within 1.2 ulp for x up to 88 (0.9 with FMA); 0 where e^x is below the normal numbers. NaN stays NaN.
/// Cheaper than hn::Exp, which rounds through integers, scales twice for subnormals, and turns
/// NaN into 0.
HWY_INLINE VF exp(VF x) {
  const Floats d;
  const hn::RebindToSigned<Floats> di;
  // x = n ln 2 + r with whole n, |r| <= ln(2) / 2. Adding 1.5 * 2^23 rounds, and leaves n in the lowest bits.
  const VF shifter = hn::Set(d, 0x1.8p23f);
  const VF shifted = hn::MulAdd(x, hn::Set(d, 1.44269504f), shifter);
  const VF n = hn::Sub(shifted, shifter);
  VF r = hn::NegMulAdd(n, hn::Set(d, 0x1.62e4p-1f), x);  // ln 2 in two parts: n times the first is exact
  r = hn::NegMulAdd(n, hn::Set(d, 1.42860677e-6f), r);
  // Minimax polynomial for the relative error on the range of r (5e-9 before rounding).
  VF p = hn::Set(d, 0x1.6a23dp-10f);
  p = hn::MulAdd(p, r, hn::Set(d, 0x1.123a2p-7f));
  p = hn::MulAdd(p, r, hn::Set(d, 0x1.5558f2p-5f));
  p = hn::MulAdd(p, r, hn::Set(d, 0x1.555492p-3f));
  p = hn::MulAdd(p, r, hn::Set(d, 0x1.fffffcp-2f));
  p = hn::MulAdd(p, r, hn::Set(d, 1.0f));
  p = hn::MulAdd(p, r, hn::Set(d, 1.0f));
  const VF power = hn::BitCast(d, hn::ShiftLeft<23>(hn::Add(hn::BitCast(di, shifted), hn::Set(di, 127))));
  return hn::IfThenZeroElse(hn::Lt(x, hn::Set(d, -87.3365402f)), hn::Mul(p, power));
}

/// 1 / x for normal x and 1 / x, within 1 ulp.
HWY_INLINE VF reciprocal(VF x) {
  const Floats d;
  // AVX-512 divides a vector in the time of some thirty multiplications, and estimates 14 bits in that of a
  // few.
  if constexpr (kFloatLanes < 16) return hn::Div(hn::Set(d, 1.0f), x);
  const VF estimate = hn::ApproximateReciprocal(x);
  return hn::MulAdd(estimate, hn::NegMulAdd(x, estimate, hn::Set(d, 1.0f)), estimate);
}

/// 1 / (1 + e^-x), without overflow for any x.
HWY_INLINE VF sigmoid(VF x) {
  const Floats d;
  const VF one = hn::Set(d, 1.0f);
  const VF z = exp(hn::Neg(hn::Abs(x)));     // in [0, 1]
  const VF y = reciprocal(hn::Add(one, z));  // sigmoid(|x|)
  return hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::Sub(one, y), y);
}

}  // namespace radlads::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard
