// Characters by their names in the Unicode standard, as \N{EM DASH} asks for them.
#pragma once

#include <optional>
#include <string_view>

namespace radlads::jinja {

/// nullopt if the name is not known here: known are those of punctuation and invisible characters, for which
/// templates use names. Upper and lower case are the same.
std::optional<char32_t> character_named(std::string_view name);

}  // namespace radlads::jinja
