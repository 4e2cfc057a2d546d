// String and bytes literals as Python's repr() writes them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace radlads::text {

/// The bytes of a literal: '...' or "..." (in UTF-8), b'...' or b"...". nullopt if it is malformed.
std::optional<std::string> bytes_of_python_literal(std::string_view literal);

}  // namespace radlads::text
