// Golden teachers and students in the native half: logits, hidden states, mixers, states, and the
// continuation from a state.
#pragma once

#include <filesystem>

#include "golden/result.h"

namespace radlads {

/// A folder with a model and io.safetensors; of any kind.
GoldenResult check_model(const std::filesystem::path& folder);

}  // namespace radlads
