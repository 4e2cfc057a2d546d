// PCRE2 10.42 and Oniguruma 6.9.8 classify characters by Unicode 14, and PCRE2 treats U+180E as white space;
// the patterns of published tokenizers mean Unicode 16. Characters that differ are replaced by stand-ins of
// the right class and the same length, so that offsets stay valid.
#pragma once

#include <string>
#include <string_view>

namespace radlads::text {

/// `valid` (UTF-8) itself if they classify all its characters correctly, else a copy, kept in `storage`.
std::string_view with_stand_ins(std::string_view valid, std::string& storage);

}  // namespace radlads::text
