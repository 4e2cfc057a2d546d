// Everything that a run needs to continue as if it had never stopped. Data order and learning rates are
// functions of the update's number, so weights, moments and that number are enough.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "recipe/recipe.h"
#include "train/resident_store.h"

namespace radlads::train {

struct Position {
  StepKind step = StepKind::kAlign;
  int64_t updates = 0;    // of this step
  int64_t log_bytes = 0;  // length of log.jsonl: what was written later is cut off on resuming
};

/// Writes FOLDER/<step>-<updates>/ next to older ones, by rename, then removes those.
void save_checkpoint(const std::filesystem::path& folder, const Position& position, ResidentStore& store);

/// The position of the newest complete checkpoint; nullopt if there is none. UserError naming the file if it
/// is broken.
std::optional<Position> find_checkpoint(const std::filesystem::path& folder);

/// Puts the checkpoint at `position` into the store, whose parameters must be the same.
void load_checkpoint(const std::filesystem::path& folder, const Position& position, ResidentStore& store);

}  // namespace radlads::train
