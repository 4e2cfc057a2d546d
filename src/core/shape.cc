#include "core/shape.h"

#include <fmt/ranges.h>

#include "core/error.h"

namespace radlads {

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
