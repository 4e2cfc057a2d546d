// Which model a folder holds: what reports and model cards call it, and a fingerprint that distinguishes it
// from others.
#pragma once

#include <filesystem>
#include <string>

namespace radlads {

/// Of a teacher: its name on the Hugging Face hub (from its place in the hub's cache, or the _name_or_path of
/// its config.json), else the folder's own name.
std::string teacher_name(const std::filesystem::path& folder);

/// Of any model: its name on the hub if it is in the hub's cache, else the folder's own name. A
/// student's _name_or_path would be its teacher's.
std::string model_name(const std::filesystem::path& folder);

/// A hash (16 hex digits) of config.json and tokenizer.json, and of every safetensors file its name, size and
/// 256 blocks spread over it. It notices another model, or the same after more training, in milliseconds; it
/// is not secure against forgery.
std::string fingerprint(const std::filesystem::path& model_folder);

}  // namespace radlads
