#include "core/cpu.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace radlads {
namespace {

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

}  // namespace

bool cpu_accelerates_bf16() {
  static const bool accelerates =
      detect_bf16();  // cpuid takes microseconds, and many more in a virtual machine
  return accelerates;
}

}  // namespace radlads
