// Which instruction set Highway dispatches kernels to, and how to have another one.
#pragma once

#include <string>

namespace radlads::bench {

/// For example AVX3.
std::string simd_target();

/// Everything dispatched from now on goes to this one. UserError, which names those that there are, if it is
/// not of this build and machine.
void force_simd_target(const std::string& name);

}  // namespace radlads::bench
