#include "core/parallel.h"

#include <cstdlib>

#include <omp.h>
#include <unistd.h>

namespace radlads {

int available_cores() { return std::max(1, omp_get_num_procs()); }

void wait_without_spinning(char** argv) {
  if (std::getenv("GOMP_SPINCOUNT") != nullptr || std::getenv("OMP_WAIT_POLICY") != nullptr) return;
  // About a millisecond: as fast as OpenMP's own ten on an idle machine (with a thirtieth of it, waking
  // threads cost a quarter of the speed of align), and shorter than a time slice of a busy one.
  constexpr const char* kTurns = "30000";
  setenv("GOMP_SPINCOUNT", kTurns, /*overwrite=*/0);
  execv("/proc/self/exe", argv);  // returns only where it failed, and the default is slower, not wrong
}

}  // namespace radlads
