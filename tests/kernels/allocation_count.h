// Counts a program's heap allocations, for kernels that must not allocate.
#pragma once

#include <cstdint>

namespace radlads {

/// Calls of any operator new since the program began. Linking this replaces the operators of the whole
/// program.
int64_t allocation_count();

}  // namespace radlads
