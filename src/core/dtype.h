// Element types of tensors, and the names that files and users give them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace radlads {

enum class DType : uint8_t { kF64, kF32, kBF16, kF16, kI64, kI32, kI16, kI8, kU8, kBool };

/// Bytes of one element.
size_t size_of(DType dtype);

/// True for the types that weights may have: F32, BF16, F16 and F64.
bool is_floating(DType dtype);

/// The name in a safetensors header: "F32", "BF16", ...
std::string_view safetensors_name(DType dtype);
std::optional<DType> dtype_from_safetensors(std::string_view name);

/// The name in config.json, recipes and flags: "float32", "bfloat16", ...
std::string_view torch_name(DType dtype);
std::optional<DType> dtype_from_torch(std::string_view name);

}  // namespace radlads
