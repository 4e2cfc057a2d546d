// The patterns of Python's `re`, which evaluation tasks use, in the syntax of PCRE2.
#pragma once

#include <string>
#include <string_view>

namespace radlads::text {

/// A pattern that means to PCRE2 (with UTF, UCP and ALT_CIRCUMFLEX) what `pattern` means to re.compile in
/// Python 3.11. Throws std::invalid_argument for what has no counterpart or is not supported: octal escapes,
/// \N{...}, comments, conditions, atomic groups, possessive quantifiers, the flags a, L, u and x. Two
/// differences stay: under the flag i, Python takes the dotless and the dotted Turkish i for forms of i; and
/// a group that repeats an empty match may keep another text.
std::string pcre2_of_python(std::string_view pattern);

}  // namespace radlads::text
