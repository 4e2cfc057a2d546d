#include "core/crowd_watch.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "core/parallel.h"

namespace radlads {
namespace {

using namespace std::chrono_literals;

constexpr auto kInterval = 100ms;
constexpr int kQuietIntervals = 20;

/// The first two figures of schedstat (Documentation/scheduler/sched-stats.rst of Linux), in nanoseconds.
struct ThreadTime {
  int64_t running = 0;
  int64_t waiting = 0;  // ready to run, but without a core
};

/// By thread of this process; empty if the kernel does not say.
std::map<std::string, ThreadTime> thread_times() {
  std::map<std::string, ThreadTime> times;
  std::error_code error;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task", error)) {
    ThreadTime time;
    if (std::ifstream(thread.path() / "schedstat") >> time.running >> time.waiting)
      times[thread.path().filename()] = time;
  }
  return times;
}

/// Whether some thread that had work waited for a core for a fifth of that time. Alone on a machine, threads
/// that spin wait for a hundredth, and those that sleep for up to a tenth: waking up counts too.
bool crowded(const std::map<std::string, ThreadTime>& before, const std::map<std::string, ThreadTime>& now) {
  for (const auto& [thread, time] : now) {
    const auto earlier = before.find(thread);
    if (earlier == before.end()) continue;
    const int64_t running = time.running - earlier->second.running;
    const int64_t waiting = time.waiting - earlier->second.waiting;
    const bool had_work = std::chrono::nanoseconds(running + waiting) > kInterval / 4;
    if (had_work && waiting > (running + waiting) / 5) return true;
  }
  return false;
}

/// Waits for a request to stop, for as long as the interval at most; true if there was one.
bool stopped(const std::stop_token& stop, std::chrono::milliseconds interval) {
  std::mutex mutex;
  std::condition_variable_any condition;
  std::unique_lock lock(mutex);
  return condition.wait_for(lock, stop, interval, [&] { return stop.stop_requested(); });
}

/// GNU OpenMP hardly spins (GOMP_SPINCOUNT in its manual) while it has more threads than there are cores.
/// These sleep until the token stops; the pool they belong to ends with the thread that made it.
void have_more_threads_than_cores(const std::stop_token& stop) {
#pragma omp parallel num_threads(available_cores() + 1)
  {
#pragma omp master
    while (!stopped(stop, 1h)) {
    }
  }
}

void watch(const std::stop_token& stop) {
  std::optional<std::jthread> more_threads;
  int quiet_intervals = 0;
  auto before = thread_times();
  while (!stopped(stop, kInterval)) {
    auto now = thread_times();
    const bool is_crowded = crowded(before, now);
    before = std::move(now);
    if (is_crowded) {
      quiet_intervals = 0;
      if (!more_threads) more_threads.emplace(have_more_threads_than_cores);
    } else if (++quiet_intervals >= kQuietIntervals) {
      more_threads.reset();
    }
  }
}

}  // namespace

CrowdWatch::CrowdWatch() {
  if (std::getenv("GOMP_SPINCOUNT") == nullptr && std::getenv("OMP_WAIT_POLICY") == nullptr)
    watcher_ = std::jthread(watch);
}

}  // namespace radlads
