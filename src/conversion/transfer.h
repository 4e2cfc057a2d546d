// Step 0 on its own: the initial student, without any training.
#pragma once

#include "conversion/prepare.h"

namespace radlads {

/// Writes the run's model folder: the initial weights, in the export's dtype.
void transfer_weights(const RunRequest& request, const PreparedRun& run);

}  // namespace radlads
