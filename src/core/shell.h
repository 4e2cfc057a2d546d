// Command lines for people to paste into a shell.
#pragma once

#include <string>
#include <string_view>

namespace radlads {

/// The argument as bash and zsh read it back, on one line and without control characters: as it is if that is
/// safe, else in quotes.
std::string shell_quoted(std::string_view argument);

}  // namespace radlads
