// Golden vectors of the recurrences wkv6 and wkv7.
#pragma once

#include <filesystem>

#include "golden/result.h"

namespace radlads {

/// Checks a case of any shape, a safetensors file in a folder named wkv6 or wkv7: the reference, and the CPU
/// kernels with every instruction set that this machine has. A case.json in that folder may replace the
/// bounds "forward" and "gradients".
GoldenResult check_kernel_case(const std::filesystem::path& file);

}  // namespace radlads
