// Where memory is and kernels run.
#pragma once

#include <cstdint>

namespace radlads {

struct Device {
  enum class Kind : uint8_t { kCpu, kCuda };

  Kind kind = Kind::kCpu;
  int index = 0;

  static constexpr Device cpu() { return {}; }
  static constexpr Device cuda(int index) { return {Kind::kCuda, index}; }

  constexpr bool is_cpu() const { return kind == Kind::kCpu; }
  friend constexpr bool operator==(const Device&, const Device&) = default;
};

}  // namespace radlads
