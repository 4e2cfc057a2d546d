#include "core/crowd_watch.h"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/parallel.h"

namespace radlads {
namespace {

using namespace std::chrono_literals;

/// Some milliseconds of a core.
void spin() {
  volatile int turns = 0;
  while (turns < 10'000'000) turns = turns + 1;
}

/// Processes that do nothing but use a core, until the end of the scope.
class Neighbors {
 public:
  explicit Neighbors(int count) {
    for (int i = 0; i < count; ++i) {
      const pid_t child = fork();
      if (child == 0)
        for (;;) spin();
      children_.push_back(child);
    }
  }
  ~Neighbors() {
    for (const pid_t child : children_) {
      kill(child, SIGKILL);
      waitpid(child, nullptr, 0);
    }
  }

 private:
  std::vector<pid_t> children_;
};

int64_t num_threads() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/task"),
                       std::filesystem::directory_iterator());
}

/// Keeps every core busy until the condition holds; false if it does not within the time.
bool works_until(const std::function<bool()>& condition, std::chrono::seconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    parallel_ranges(available_cores(), available_cores(), [](int64_t, int64_t) { spin(); });
  }
  return true;
}

TEST(CrowdWatch, HasMoreThreadsThanCoresWhileOthersWantTheCores) {
  unsetenv("GOMP_SPINCOUNT");
  unsetenv("OMP_WAIT_POLICY");
  parallel_ranges(available_cores(), available_cores(), [](int64_t, int64_t) {});  // the pool
  const int64_t alone = num_threads() + 1;                                         // and the watch
  const CrowdWatch watch;
  {
    const Neighbors neighbors(available_cores());
    EXPECT_TRUE(works_until([&] { return num_threads() > alone + available_cores(); }, 20s));
  }
  // Two seconds of quiet, if other tests allow it: sleeping is quiet as well.
  std::this_thread::sleep_for(3s);
  EXPECT_EQ(num_threads(), alone);
}

TEST(CrowdWatch, LeavesTheEnvironmentsChoice) {
  setenv("GOMP_SPINCOUNT", "12345", 1);
  const int64_t before = num_threads();
  {
    const CrowdWatch watch;
    EXPECT_EQ(num_threads(), before);
  }
  unsetenv("GOMP_SPINCOUNT");
  const CrowdWatch watch;
  EXPECT_EQ(num_threads(), before + 1);
}

}  // namespace
}  // namespace radlads
