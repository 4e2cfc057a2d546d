// Regular expressions as tokenizer.json means them: Oniguruma's Ruby syntax over Unicode, run by PCRE2.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "text/pcre2_program.h"

namespace radlads::text {

/// Immutable and safe for use by several threads.
class Regex {
 public:
  /// Throws std::invalid_argument, with the reason, if the pattern is malformed or uses something that PCRE2
  /// takes in another sense than Oniguruma.
  explicit Regex(const std::string& pattern);

 private:
  friend class RegexScan;
  Pcre2Program program_;
};

/// The matches of a pattern in a text, from left to right, without overlap. An empty match is left out where
/// it touches the match before it.
class RegexScan {
 public:
  /// `valid` must be valid UTF-8; both arguments must outlive the scan.
  RegexScan(const Regex& regex, std::string_view valid);

  /// False at the end. UserError if the pattern needs too many steps on this text.
  bool next(Range& match);

 private:
  bool match_from(size_t start, Range& match);

  std::string storage_;
  std::string_view subject_;
  Pcre2Search search_;
  size_t start_ = 0;
  size_t last_end_ = std::string_view::npos;
};

}  // namespace radlads::text
