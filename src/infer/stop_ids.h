// The ids that end a text.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "model/config.h"

namespace radlads::infer {

/// Those of generation_config.json where the folder has one that names them, else those of config.json, as in
/// transformers. UserError if its eos_token_id is neither an id nor a list of them.
std::vector<int64_t> stop_ids(const std::filesystem::path& folder, const ModelConfig& config);

}  // namespace radlads::infer
