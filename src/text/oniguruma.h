// Where PCRE2 reads a pattern in another sense than Oniguruma, in whose syntax tokenizer.json is written.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace radlads::text {

/// The first part of `pattern` that means something else to PCRE2 (or nothing): "\w", "a nested set", ...;
/// nullopt if the two agree on the whole pattern.
std::optional<std::string> unsupported_construct(std::string_view pattern);

}  // namespace radlads::text
