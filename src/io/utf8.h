// UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <string_view>

namespace radlads {

/// The length of the longest prefix that consists of whole, valid characters: text.size() if all of it is
/// valid.
size_t valid_utf8_prefix(std::string_view text);

}  // namespace radlads
