// Seeded test inputs.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/random.h"

namespace radlads {

/// `count` standard normal floats times `scale`; the name separates the inputs of one test.
inline std::vector<float> random_floats(std::string_view name, int64_t count, double scale = 1.0) {
  Random random(7, Random::stream_of(name));
  std::vector<float> values(static_cast<size_t>(count));
  for (float& value : values) value = static_cast<float>(scale * random.normal());
  return values;
}

}  // namespace radlads
