// Golden teachers and students in the native half: logits, hidden states, mixers, states, and the
// continuation from a state.
#pragma once

#include <filesystem>

#include "golden/result.h"

namespace radlads {

/// A folder with a model and io.safetensors; of any kind.
GoldenResult check_model(const std::filesystem::path& folder);

/// The same for the weights of an RWKV-7, without a config.json; and for those in its folder hf, if there is
/// one.
GoldenResult check_goose(const std::filesystem::path& folder);

/// A published model in the authors' layout with the logits that it must give, to 5e-6 absolute.
GoldenResult check_published_goose(const std::filesystem::path& folder);

}  // namespace radlads
