// What re.sub replaces a match with: texts and captured groups.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "text/python_regex.h"

namespace radlads::text {

/// A text as it is, or the number of a group.
using ReplacementPart = std::variant<std::string, size_t>;

/// Reads a replacement: \1, \g<1> and \g<name> are groups of `regex`, \n and the like are characters. Throws
/// std::invalid_argument for what Python refuses, and for octal escapes.
std::vector<ReplacementPart> parse_python_replacement(std::string_view replacement, const PythonRegex& regex);

}  // namespace radlads::text
