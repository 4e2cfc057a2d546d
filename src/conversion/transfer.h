// Step 0 on its own: the student as it begins, without any training.
#pragma once

#include "conversion/prepare.h"

namespace radlads {

/// Writes the run's model folder: the weights to begin with, in the type of the export.
void transfer_weights(const RunRequest& request, const PreparedRun& run);

}  // namespace radlads
