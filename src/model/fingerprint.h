// Distinguishes model folders without reading all of them.
#pragma once

#include <filesystem>
#include <string>

namespace radlads {

/// A hash (16 hex digits) of config.json and tokenizer.json, and of every safetensors file its name, size and
/// 256 blocks spread over it. It notices another model, or the same after more training, in milliseconds; it
/// is not secure against forgery.
std::string fingerprint(const std::filesystem::path& model_folder);

}  // namespace radlads
