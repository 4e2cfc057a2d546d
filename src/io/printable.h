// Text from untrusted files, made fit for a message.
#pragma once

#include <string>
#include <string_view>

namespace radlads {

/// `text` (UTF-8) on one line of bounded length: control characters become '?', and what exceeds 100 bytes
/// "...".
std::string printable(std::string_view text);

/// `text`, which may be any bytes, in quotes on one line of ASCII, cut if it is long.
std::string in_quotes(std::string_view text);

}  // namespace radlads
