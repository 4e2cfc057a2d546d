// PCRE2 10.42 classifies characters by Unicode 14, and takes U+180E for white space; the split patterns of
// published tokenizers mean Unicode 16. Characters that differ are shown to PCRE2 as stand-ins of the right
// class and of the same length, so that offsets hold.
#pragma once

#include <string>
#include <string_view>

namespace radlads::text {

/// `valid` (UTF-8) itself if PCRE2 classifies all its characters as meant, else a copy, kept in `storage`.
std::string_view with_stand_ins(std::string_view valid, std::string& storage);

}  // namespace radlads::text
