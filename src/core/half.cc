#include "core/half.h"

#include <cmath>
#include <cstring>

#include "core/error.h"

namespace radlads {
namespace {

template <class T>
T load(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

template <class T, class Widen>
void widen(std::span<const std::byte> source, std::span<float> target, Widen to_float) {
  for (size_t i = 0; i < target.size(); ++i) target[i] = to_float(load<T>(source.data() + i * sizeof(T)));
}

template <class T, class Narrow>
void narrow(std::span<const float> source, std::span<std::byte> target, Narrow from_float) {
  for (size_t i = 0; i < source.size(); ++i) {
    const T value = from_float(source[i]);
    std::memcpy(target.data() + i * sizeof(T), &value, sizeof value);
  }
}

}  // namespace

uint16_t f16_from_float(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  const uint32_t sign = bits >> 16 & 0x8000u;
  const uint32_t magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) return static_cast<uint16_t>(sign | 0x7e00u);
  if (magnitude >= 0x477ff000u) return static_cast<uint16_t>(sign | 0x7c00u);  // rounds to 65536 or more
  if (magnitude < 0x38800000u) {
    // Subnormal in float16: adding 0.5 makes the float unit round at float16's last place, 2^-24.
    const float shifted = std::bit_cast<float>(magnitude) + 0.5f;
    return static_cast<uint16_t>(sign | (std::bit_cast<uint32_t>(shifted) - 0x3f000000u));
  }
  const uint32_t rounded = magnitude - 0x38000000u + 0xfffu + (magnitude >> 13 & 1u);
  return static_cast<uint16_t>(sign | rounded >> 13);
}

void convert_to_float(std::span<const std::byte> source, DType dtype, std::span<float> target) {
  RADLADS_CHECK(source.size() == target.size() * size_of(dtype), "{} bytes for {} elements", source.size(),
                target.size());
  switch (dtype) {
    case DType::kF64:
      return widen<double>(source, target, [](double x) { return static_cast<float>(x); });
    case DType::kF32:
      if (!target.empty()) std::memcpy(target.data(), source.data(), source.size());
      return;
    case DType::kBF16:
      return widen<uint16_t>(source, target, float_from_bf16);
    case DType::kF16:
      return widen<uint16_t>(source, target, float_from_f16);
    default:
      RADLADS_CHECK(false, "no conversion from {} to float32", safetensors_name(dtype));
  }
}

bool convert_from_float(std::span<const float> source, DType dtype, std::span<std::byte> target) {
  RADLADS_CHECK(target.size() == source.size() * size_of(dtype), "{} bytes for {} elements", target.size(),
                source.size());
  switch (dtype) {
    case DType::kF64:
      narrow<double>(source, target, [](float x) { return static_cast<double>(x); });
      return true;
    case DType::kF32:
      if (!source.empty()) std::memcpy(target.data(), source.data(), target.size());
      return true;
    case DType::kBF16:
      narrow<uint16_t>(source, target, bf16_from_float);
      return true;
    case DType::kF16: {
      bool fits = true;
      narrow<uint16_t>(source, target, [&](float x) {
        const uint16_t half = f16_from_float(x);
        fits = fits && ((half & 0x7fffu) != 0x7c00u || std::isinf(x));
        return half;
      });
      return fits;
    }
    default:
      RADLADS_CHECK(false, "no conversion from float32 to {}", safetensors_name(dtype));
  }
}

}  // namespace radlads
