// str.replace(), which the filter and the method share.
#pragma once

#include "text/jinja/site.h"

namespace radlads::jinja {

/// `text` with the first `count` occurrences of `old` replaced, or all if that is negative. An empty `old`
/// occurs before every character, and at the end.
std::string replaced(const Site& site, std::string_view text, std::string_view old,
                     std::string_view replacement, int64_t count);

}  // namespace radlads::jinja
