// Times contestants against each other: in turn, so that all of them see the same machine.
#pragma once

#include <functional>
#include <vector>

namespace radlads::bench {

struct Effort {
  size_t min_rounds;
  double min_seconds;  // of all rounds
};

/// The median milliseconds of each body, over rounds that run every one of them once. Each has a run before
/// that does not count.
std::vector<double> median_ms(const std::vector<std::function<void()>>& bodies, const Effort& effort);

}  // namespace radlads::bench
