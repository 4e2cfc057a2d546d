// The memory rate that an in-place update cannot exceed: x = a x over an array, with the instruction set
// that kernels are dispatched to.
#pragma once

#include <span>

namespace radlads::bench {

/// Every float is read and written once.
void scale_in_place(std::span<float> x, float factor, int num_threads);

}  // namespace radlads::bench
