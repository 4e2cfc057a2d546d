// Whether PCRE2 reads a pattern like Oniguruma, which defines the syntax in tokenizer.json.
#pragma once

#include <string_view>

namespace radlads::text {

/// True if `pattern` is made only of what means the same to both. Whatever the two might read differently
/// (\w, \h, \b, names other than general categories, nested sets, case folds of two letters, ...) makes it
/// false, or makes PCRE2 refuse the pattern.
bool pcre2_reads_as_oniguruma(std::string_view pattern);

}  // namespace radlads::text
