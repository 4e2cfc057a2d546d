// OpenMP's threads spin for milliseconds at every barrier before they sleep. That is fastest on an idle
// machine; where other processes need the cores too, the thread that the others wait for may then be the one
// without a core.
#pragma once

#include <thread>

namespace radlads {

/// While threads of this process have to wait for a core, makes those that wait for each other give theirs up
/// at once. Construct one in main. What the environment sets (GOMP_SPINCOUNT or OMP_WAIT_POLICY) is kept.
class CrowdWatch {
 public:
  CrowdWatch();

 private:
  std::jthread watcher_;
};

}  // namespace radlads
