// Starts the training half, a program of its own, and waits for it.
#pragma once

#include "recipe/run_folder.h"

namespace radlads {

enum class TrainerExit { kDone, kInterrupted, kFailed };

/// Runs `radlads-train RUN`, which is in the same folder as this program. SIGINT and SIGTERM are passed on:
/// the trainer saves and exits, this one waits for it. If it failed, it has said why. UserError if the
/// program is missing or was killed.
TrainerExit run_trainer(const RunFolder& run);

}  // namespace radlads
