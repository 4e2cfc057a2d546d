// How much memory there is.
#pragma once

#include <cstdint>

namespace radlads {

/// Bytes that this process can still take without swapping (MemAvailable, or less where a control group
/// limits it).
int64_t available_memory_bytes();

}  // namespace radlads
