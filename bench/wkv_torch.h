// PyTorch as a contestant: the chunked form in matrix products that its users write, by ATen and autograd.
#pragma once

#include <memory>
#include <string>

#include "bench/wkv_problem.h"

namespace radlads::bench {

/// The version of LibTorch; empty if this build has none.
std::string torch_version();

/// `chunk` tokens at a time, a divisor of T. Null without LibTorch. It computes no decode pass. `threads`
/// become those of LibTorch.
std::unique_ptr<Contestant> torch_contestant(const Problem& problem, int64_t chunk, int threads);

}  // namespace radlads::bench
