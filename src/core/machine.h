// What this machine has, detected at run time: cores, instructions, memory.
#pragma once

#include <cstdint>

namespace radlads {

/// Cores this process may use (its affinity mask), at least 1.
int available_cores();

/// A limit for one program: more cores than a machine has, and few enough to be started.
inline constexpr int kMostThreads = 1024;

/// True where bfloat16 products are faster than float32 ones: AMX or AVX-512 BF16.
bool cpu_accelerates_bf16();

/// Bytes that this process can still take without swapping (MemAvailable, or less where a control group
/// limits it).
int64_t available_memory_bytes();

}  // namespace radlads
