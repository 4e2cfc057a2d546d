// What reports and model cards call a model in a folder.
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

}  // namespace radlads
