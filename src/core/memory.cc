#include "core/memory.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>

namespace radlads {
namespace {

constexpr int64_t kUnlimited = std::numeric_limits<int64_t>::max();

int64_t memory_available_to_system() {
  std::ifstream file("/proc/meminfo");
  std::string key;
  int64_t kibibytes = 0;
  for (std::string unit; file >> key >> kibibytes; std::getline(file, unit)) {
    if (key == "MemAvailable:") return kibibytes * 1024;
  }
  return kUnlimited;
}

/// "max" or a missing file means no limit.
int64_t number_in(const char* path) {
  int64_t value = 0;
  return std::ifstream(path) >> value ? value : kUnlimited;
}

}  // namespace

int64_t available_memory_bytes() {
  const int64_t limit = number_in("/sys/fs/cgroup/memory.max");
  const int64_t used = limit == kUnlimited ? 0 : number_in("/sys/fs/cgroup/memory.current");
  return std::min(memory_available_to_system(),
                  limit == kUnlimited ? kUnlimited : std::max<int64_t>(0, limit - used));
}

}  // namespace radlads
