// bfloat16 and float16 as bits, and their exact conversions (round to nearest, ties to even).
#pragma once

#include <bit>
#include <cstdint>
#include <span>

#include "core/dtype.h"

namespace radlads {

constexpr float float_from_bf16(uint16_t bits) { return std::bit_cast<float>(uint32_t{bits} << 16); }

constexpr uint16_t bf16_from_float(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u)
    return static_cast<uint16_t>((bits >> 16) | 0x40u);  // NaN stays NaN
  return static_cast<uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

inline float float_from_f16(uint16_t bits) {
  const uint32_t sign = uint32_t{bits & 0x8000u} << 16;
  const uint32_t rest = bits & 0x7fffu;
  if (rest >= 0x7c00u) return std::bit_cast<float>(sign | 0x7f800000u | (rest & 0x3ffu) << 13);
  // Exponent and mantissa move into place; the product fixes the bias and normalizes subnormals.
  const float magnitude = std::bit_cast<float>(rest << 13) * 0x1p112f;
  return std::bit_cast<float>(std::bit_cast<uint32_t>(magnitude) | sign);
}

uint16_t f16_from_float(float value);

/// Widens `source.size() / size_of(dtype)` elements of a floating dtype to float32. Sizes must match.
void convert_to_float(std::span<const std::byte> source, DType dtype, std::span<float> target);

/// Rounds floats to a floating dtype. Returns false if a finite value became infinite (float16 overflow).
bool convert_from_float(std::span<const float> source, DType dtype, std::span<std::byte> target);

}  // namespace radlads
