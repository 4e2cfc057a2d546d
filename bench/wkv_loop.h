// The recurrences as their equations read: the plain loop that a kernel has to beat.
#pragma once

#include <memory>

#include "bench/wkv_problem.h"

namespace radlads::bench {

/// Forward it keeps one state and updates it token by token. For the backward pass it stores the state after
/// every token. Heads are distributed among the threads.
std::unique_ptr<Contestant> loop_contestant(const Problem& problem, int threads);

}  // namespace radlads::bench
