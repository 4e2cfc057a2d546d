// Names of tasks as people write them: with wildcards, and with typos.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace radlads::eval {

/// "*" stands for any characters.
bool matches_pattern(std::string_view pattern, std::string_view name);

/// The name that was probably meant; nullopt if none is similar.
std::optional<std::string> nearest_name(std::string_view name, std::span<const std::string> names);

}  // namespace radlads::eval
