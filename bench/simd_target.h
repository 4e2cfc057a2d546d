// Which instruction set Highway dispatches kernels to, and how to choose another one.
#pragma once

#include <string>

namespace radlads::bench {

/// For example AVX3.
std::string simd_target();

/// Everything dispatched from now on goes to this one. UserError, listing the available ones, if this build
/// and machine do not have it.
void force_simd_target(const std::string& name);

}  // namespace radlads::bench
