// JSON files as trees.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "io/json_cursor.h"

namespace radlads {

/// A text that is exactly one JSON value: valid UTF-8, no key twice in an object, nested at most 64 deep,
/// every number within the range of its type, and nothing after the value but white space; unless `rules`
/// allow more. Otherwise a UserError "SUBJECT: REASON in FILE"; a subject is "[load_model] index", for
/// example.
nlohmann::json parse_json(std::string_view text, std::string_view subject, const std::filesystem::path& file,
                          JsonRules rules = {});

/// The same with the keys of objects in the order of the text.
nlohmann::ordered_json parse_ordered_json(std::string_view text, std::string_view subject,
                                          const std::filesystem::path& file, JsonRules rules = {});

/// The value that is next in a text. Json is nlohmann::json or ordered_json.
template <class Json>
Json read_json(JsonCursor& cursor);

}  // namespace radlads
