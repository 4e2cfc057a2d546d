// Regular expressions as tokenizer.json means them: Oniguruma's, over Unicode. Oniguruma knows every pattern
// and counts its steps; PCRE2, whose compiled code is several times faster, runs those that it reads the same
// way, and leaves searches that take too long to Oniguruma.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "text/oniguruma.h"
#include "text/pcre2_program.h"

namespace radlads::text {

/// Immutable and safe for use by several threads.
class Regex {
 public:
  /// Throws std::invalid_argument, with the reason, if the pattern is malformed.
  explicit Regex(const std::string& pattern);

 private:
  friend class RegexScan;
  std::string pattern_;
  OnigProgram program_;
  std::optional<Pcre2Program> fast_;
};

/// The matches of a pattern in a text, from left to right, without overlap. An empty match is left out if it
/// touches the match before it.
class RegexScan {
 public:
  /// `valid` must be valid UTF-8; both arguments must outlive the scan.
  RegexScan(const Regex& regex, std::string_view valid);

  /// False at the end. UserError if the pattern backtracks too often on this text.
  bool next(Range& match);

 private:
  bool find(size_t start, Range& match);
  bool find_slowly(size_t start, Range& match);

  const Regex& regex_;
  std::string storage_;
  std::string_view subject_;
  std::optional<Pcre2Search> fast_;
  std::optional<OnigSearch> slow_;
  size_t start_ = 0;
  size_t last_end_ = std::string_view::npos;
};

}  // namespace radlads::text
