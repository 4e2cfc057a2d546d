// JSON out of files that may be damaged or hostile.
#pragma once

#include <filesystem>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace radlads {

/// Parses a text that is exactly one JSON value: RFC 8259, valid UTF-8, no key twice in an object, nested at
/// most 64 deep, every number within the range of its type, and nothing after the value but white space.
/// Otherwise a UserError "SUBJECT: REASON in FILE"; a subject is "[load_safetensors] header", for example.
nlohmann::json parse_json(std::string_view text, std::string_view subject, const std::filesystem::path& file);

/// The same with the keys of objects in the order of the text.
nlohmann::ordered_json parse_ordered_json(std::string_view text, std::string_view subject,
                                          const std::filesystem::path& file);

}  // namespace radlads
