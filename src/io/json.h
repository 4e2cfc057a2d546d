// JSON out of files that may be damaged or hostile.
#pragma once

#include <filesystem>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace radlads {

/// Parses one JSON value, strictly: valid UTF-8, no key twice in an object, nested at most 64 deep. Otherwise
/// a UserError "SUBJECT: REASON in FILE"; a subject is "[load_safetensors] header", for example.
nlohmann::json parse_json(std::string_view text, std::string_view subject, const std::filesystem::path& file);

}  // namespace radlads
