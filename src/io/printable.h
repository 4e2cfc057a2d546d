// Names out of foreign files, made fit for a message.
#pragma once

#include <string>
#include <string_view>

namespace radlads {

/// `text` (UTF-8) on one line of bounded length: control characters become '?', and what exceeds 100 bytes
/// "...".
std::string printable(std::string_view text);

}  // namespace radlads
