// This project's kernels as a contestant of bench_wkv.
#pragma once

#include <memory>

#include "bench/wkv_problem.h"

namespace radlads::bench {

/// Without checkpoints if only forward, with them if backward too, as inference and training do.
std::unique_ptr<Contestant> kernels_contestant(const Problem& problem, int threads);

}  // namespace radlads::bench
