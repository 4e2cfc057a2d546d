// Counts what a program takes from the heap, for kernels that must not.
#pragma once

#include <cstdint>

namespace radlads {

/// Calls of any operator new since the program began. Linking this replaces the operators of the whole
/// program.
int64_t allocation_count();

}  // namespace radlads
