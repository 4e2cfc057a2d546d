#include "bench/round_robin.h"

#include <algorithm>
#include <chrono>

namespace radlads::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kWarmMs = 10, kBurstMs = 20;  // of a contestant in each round

double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

double median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<int64_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

std::vector<double> median_ms(const std::vector<std::function<void()>>& bodies, const Effort& effort) {
  for (const auto& body : bodies) body();
  std::vector<std::vector<double>> ms(bodies.size());
  const auto begin = Clock::now();
  for (size_t round = 0; round < effort.min_rounds || ms_since(begin) < 1000 * effort.min_seconds; ++round) {
    for (size_t i = 0; i < bodies.size(); ++i) {
      // So that none starts with the caches and the clock as another left them.
      for (const auto start = Clock::now(); ms_since(start) < kWarmMs;) bodies[i]();
      const auto burst = Clock::now();
      do {
        const auto start = Clock::now();
        bodies[i]();
        ms[i].push_back(ms_since(start));
      } while (ms_since(burst) < kBurstMs);
    }
  }
  std::vector<double> medians(ms.size());
  std::ranges::transform(ms, medians.begin(), median);
  return medians;
}

}  // namespace radlads::bench
