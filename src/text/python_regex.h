// Regular expressions as Python's `re` means them, run by PCRE2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/pcre2_program.h"

namespace radlads::text {

/// re.compile(pattern). Immutable and safe for use by several threads.
class PythonRegex {
 public:
  /// What each group captured, 0 being the whole match; nullopt if it took no part.
  using Match = std::vector<std::optional<Range>>;

  /// Throws std::invalid_argument, with the reason, if the pattern is malformed or not supported
  /// (python_pattern.h).
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

}  // namespace radlads::text
