// The methods of Python's str that evaluation depends on, over valid UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace radlads::text {

/// str.strip(): without the characters at both ends for which str.isspace() holds.
std::string_view python_strip(std::string_view valid);

/// str.lower(): full lower case, with the form that a Greek sigma takes at the end of a word.
std::string python_lower(std::string_view valid);

/// str.upper(): full upper case.
std::string python_upper(std::string_view valid);

}  // namespace radlads::text
