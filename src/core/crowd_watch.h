// OpenMP's threads spin for milliseconds at every barrier before they sleep. That is fastest on an idle
// machine; where other processes want the cores too, the thread that all wait for is then the one without a
// core.
#pragma once

#include <thread>

namespace radlads {

/// While threads of this process are kept waiting for a core, makes those that wait for each other give
/// theirs up at once. Construct one in main. What the environment says (GOMP_SPINCOUNT or OMP_WAIT_POLICY)
/// stays.
class CrowdWatch {
 public:
  CrowdWatch();

 private:
  std::jthread watcher_;
};

}  // namespace radlads
