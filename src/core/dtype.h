// Element types of tensors, the names that files and users give them, and the extents of tensors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

/// Extents of a tensor, outermost first.
using Shape = std::vector<int64_t>;

/// Product of the extents; 1 for a scalar. Extents must be non-negative and the product must fit
/// (InternalError).
int64_t num_elements(const Shape& shape);

/// "[3, 64]"
std::string to_string(const Shape& shape);

}  // namespace radlads
