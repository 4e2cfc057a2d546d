// Reading for the sake of reading.
#pragma once

#include <cstddef>
#include <span>

#include "core/tensor_view.h"

namespace radlads {

/// Reads every byte, so that a view beyond its file is noticed.
inline void touch(const TensorView& view) {
  unsigned sum = 0;
  for (const std::byte byte : std::span(view.data, view.num_bytes())) sum += std::to_integer<unsigned>(byte);
  volatile unsigned sink = sum;
  static_cast<void>(sink);
}

}  // namespace radlads
