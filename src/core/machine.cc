#include "core/machine.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>

#if defined(__x86_64__)
#include <cpuid.h>
#endif
#include <omp.h>

namespace radlads {
namespace {

constexpr int64_t kUnlimited = std::numeric_limits<int64_t>::max();

bool detect_bf16() {
#if defined(__x86_64__)
  if (!__builtin_cpu_supports("avx512f")) return false;  // covers the operating system's support, too
  unsigned a = 0, b = 0, c = 0, d = 0;
  const bool amx = __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (d & (1u << 22)) != 0;
  const bool avx512 = __get_cpuid_count(7, 1, &a, &b, &c, &d) != 0 && (a & (1u << 5)) != 0;
  return amx || avx512;
#else
  return false;
#endif
}

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

int available_cores() { return std::max(1, omp_get_num_procs()); }

bool cpu_accelerates_bf16() {
  static const bool accelerates =
      detect_bf16();  // cpuid takes microseconds, and many more in a virtual machine
  return accelerates;
}

int64_t available_memory_bytes() {
  const int64_t limit = number_in("/sys/fs/cgroup/memory.max");
  const int64_t used = limit == kUnlimited ? 0 : number_in("/sys/fs/cgroup/memory.current");
  return std::min(memory_available_to_system(),
                  limit == kUnlimited ? kUnlimited : std::max<int64_t>(0, limit - used));
}

}  // namespace radlads
