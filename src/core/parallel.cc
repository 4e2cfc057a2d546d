#include "core/parallel.h"

#include <omp.h>

namespace radlads {

int available_cores() { return std::max(1, omp_get_num_procs()); }

}  // namespace radlads
