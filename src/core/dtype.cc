#include "core/dtype.h"

#include <array>

#include <fmt/ranges.h>

#include "core/error.h"

namespace radlads {
namespace {

struct Names {
  DType dtype;
  size_t size;
  std::string_view safetensors;
  std::string_view torch;
};

constexpr std::array<Names, 10> kNames = {{
    {DType::kF64, 8, "F64", "float64"},
    {DType::kF32, 4, "F32", "float32"},
    {DType::kBF16, 2, "BF16", "bfloat16"},
    {DType::kF16, 2, "F16", "float16"},
    {DType::kI64, 8, "I64", "int64"},
    {DType::kI32, 4, "I32", "int32"},
    {DType::kI16, 2, "I16", "int16"},
    {DType::kI8, 1, "I8", "int8"},
    {DType::kU8, 1, "U8", "uint8"},
    {DType::kBool, 1, "BOOL", "bool"},
}};

const Names& names_of(DType dtype) {
  const auto index = static_cast<size_t>(dtype);
  RADLADS_CHECK(index < kNames.size(), "unknown dtype {}", index);
  return kNames[index];
}

}  // namespace

size_t size_of(DType dtype) { return names_of(dtype).size; }

bool is_floating(DType dtype) { return dtype <= DType::kF16; }

std::string_view safetensors_name(DType dtype) { return names_of(dtype).safetensors; }

std::optional<DType> dtype_from_safetensors(std::string_view name) {
  for (const Names& names : kNames) {
    if (names.safetensors == name) return names.dtype;
  }
  return std::nullopt;
}

std::string_view torch_name(DType dtype) { return names_of(dtype).torch; }

std::optional<DType> dtype_from_torch(std::string_view name) {
  for (const Names& names : kNames) {
    if (names.torch == name) return names.dtype;
  }
  return std::nullopt;
}

int64_t num_elements(const Shape& shape) {
  int64_t count = 1;
  for (const int64_t extent : shape) {
    RADLADS_CHECK(extent >= 0 && !__builtin_mul_overflow(count, extent, &count), "bad shape {}",
                  to_string(shape));
  }
  return count;
}

std::string to_string(const Shape& shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); }

}  // namespace radlads
