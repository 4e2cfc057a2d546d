// Regular expressions as Python's `re` means them, which evaluation tasks use: translated to the syntax of
// PCRE2, run by it, and what re.sub replaces a match with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "text/pcre2_program.h"

namespace radlads::text {

/// re.compile(pattern). Immutable and safe for use by several threads.
class PythonRegex {
 public:
  /// What each group captured, 0 being the whole match; nullopt if it took no part.
  using Match = std::vector<std::optional<Range>>;

  /// Throws std::invalid_argument, with the reason, if the pattern is malformed or not supported.
  explicit PythonRegex(const std::string& pattern);

  size_t num_groups() const { return program_.num_groups(); }
  std::optional<size_t> group_named(const std::string& name) const { return program_.group_named(name); }

  /// re.finditer: the matches in `valid` (UTF-8), including empty ones. UserError if they take too many
  /// steps.
  std::vector<Match> matches(std::string_view valid) const;

  /// re.sub with "" for a replacement.
  std::string remove_from(std::string_view valid) const;

  using Append = std::function<void(std::string_view)>;

  /// re.sub(pattern, replacement, valid, count), passed to `append` piece by piece; a count of 0 means all.
  /// Throws std::invalid_argument if the replacement is malformed.
  void substitute(std::string_view valid, std::string_view replacement, int64_t count,
                  const Append& append) const;

 private:
  std::string pattern_;
  Pcre2Program program_;
};

/// A pattern that means to PCRE2 (with UTF, UCP and ALT_CIRCUMFLEX) what `pattern` means to re.compile in
/// Python 3.11. Throws std::invalid_argument for what has no counterpart or is not supported: octal escapes,
/// \N{...}, comments, conditions, atomic groups, possessive quantifiers, the flags a, L, u and x. Two
/// differences stay: under the flag i, Python takes the dotless and the dotted Turkish i for forms of i; and
/// a group that repeats an empty match may keep another text.
std::string pcre2_of_python(std::string_view pattern);

/// A text as it is, or the number of a group.
using ReplacementPart = std::variant<std::string, size_t>;

/// Reads a replacement: \1, \g<1> and \g<name> are groups of `regex`, \n and the like are characters. Throws
/// std::invalid_argument for what Python refuses, and for octal escapes.
std::vector<ReplacementPart> parse_python_replacement(std::string_view replacement, const PythonRegex& regex);

}  // namespace radlads::text
