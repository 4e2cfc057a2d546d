// String and bytes literals as Python's repr() writes them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace radlads::text {

/// The bytes of a literal: '...' or "..." (in UTF-8), b'...' or b"...". nullopt if it is malformed.
std::optional<std::string> bytes_of_python_literal(std::string_view literal);

/// Reads one escape, after its backslash, and moves past it: a quote, a backslash, a control character (\n),
/// \xNN, and except in bytes \uNNNN and \UNNNNNNNN. False if it is none of these, or a surrogate.
bool append_python_escape(std::string_view& rest, bool is_bytes, std::string& out);

}  // namespace radlads::text
