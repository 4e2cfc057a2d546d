// Extents of a tensor, outermost first.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace radlads {

using Shape = std::vector<int64_t>;

/// Product of the extents; 1 for a scalar. Extents must be non-negative and the product must fit
/// (InternalError).
int64_t num_elements(const Shape& shape);

/// "[3, 64]"
std::string to_string(const Shape& shape);

}  // namespace radlads
