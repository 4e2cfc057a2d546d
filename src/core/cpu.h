// What the processor supports, detected at run time.
#pragma once

namespace radlads {

/// A limit for one program: more cores than a machine has, and few enough to be started.
inline constexpr int kMostThreads = 1024;

/// True where bfloat16 products are faster than float32 ones: AMX or AVX-512 BF16.
bool cpu_accelerates_bf16();

}  // namespace radlads
