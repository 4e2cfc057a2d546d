// Tensors whose elements do not lie in a row.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/dtype.h"

namespace radlads {

/// Element (i, j, ...) is number offset + i strides[0] + j strides[1] + ... of a storage. The owner of such a
/// value has checked that all of these are inside.
struct Strided {
  Shape shape, strides;  // as many strides as extents; those of extents of 1 mean nothing
  int64_t offset = 0;
};

/// Whether the elements lie in row-major order without gaps.
bool is_contiguous(const Strided& view);

/// Writes the elements, `element_bytes` (1, 2, 4 or 8) each, in row-major order. Neither side need be
/// aligned.
void copy_strided(const std::byte* storage, const Strided& view, size_t element_bytes, std::byte* target);

}  // namespace radlads
