// A typed, shaped view of memory that something else owns. Always contiguous, row-major.
#pragma once

#include <cstddef>
#include <span>

#include "core/device.h"
#include "core/dtype.h"
#include "core/error.h"

namespace radlads {

/// Read-only view; the owner (a mapped file, a Buffer) must outlive it.
struct TensorView {
  const std::byte* data = nullptr;
  DType dtype = DType::kF32;
  Shape shape;
  Device device;

  int64_t size() const { return num_elements(shape); }
  size_t num_bytes() const { return static_cast<size_t>(size()) * size_of(dtype); }

  /// The elements as floats; the dtype must be F32.
  std::span<const float> f32() const {
    RADLADS_CHECK(dtype == DType::kF32, "tensor is {}, wanted F32", safetensors_name(dtype));
    return {reinterpret_cast<const float*>(data), static_cast<size_t>(size())};
  }
};

}  // namespace radlads
