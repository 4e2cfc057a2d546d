// PCRE2 10.42 and Oniguruma 6.9.8 classify characters by Unicode 14, and PCRE2 takes U+180E for white space;
// the patterns of published tokenizers mean Unicode 16. Characters that differ are shown to them as stand-ins
// of the right class and of the same length, so that offsets hold.
#pragma once

#include <string>
#include <string_view>

namespace radlads::text {

/// `valid` (UTF-8) itself if they classify all its characters as meant, else a copy, kept in `storage`.
std::string_view with_stand_ins(std::string_view valid, std::string& storage);

}  // namespace radlads::text
