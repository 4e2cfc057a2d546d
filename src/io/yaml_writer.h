// Writes text as YAML.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace radlads {

/// A scalar that reads back as this text: as it is if nothing in it can be misread, else in double quotes.
/// UserError for text that is not UTF-8, which YAML cannot contain.
std::string yaml_word(std::string_view text);

/// A list on one line.
std::string yaml_list(const std::vector<std::string>& texts);

}  // namespace radlads
