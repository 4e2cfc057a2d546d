// Regular expressions as tokenizer.json means them: Oniguruma's Ruby syntax over Unicode, run by PCRE2.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace radlads::text {

/// Bytes [begin, end) of a text.
struct Range {
  size_t begin = 0, end = 0;
};

/// Immutable and safe for use by several threads.
class Regex {
 public:
  /// Throws std::invalid_argument, with the reason, if the pattern is malformed or uses something that PCRE2
  /// takes in another sense than Oniguruma.
  explicit Regex(const std::string& pattern);

 private:
  friend class RegexScan;
  struct Compiled;
  std::shared_ptr<const Compiled> compiled_;
};

/// The matches of a pattern in a text, from left to right, without overlap. An empty match is left out where
/// it touches the match before it.
class RegexScan {
 public:
  /// `valid` must be valid UTF-8; both arguments must outlive the scan.
  RegexScan(const Regex& regex, std::string_view valid);
  ~RegexScan();
  RegexScan(const RegexScan&) = delete;
  RegexScan& operator=(const RegexScan&) = delete;

  /// False at the end. UserError if the pattern needs too many steps on this text.
  bool next(Range& match);

 private:
  bool match_from(size_t start, Range& match);

  const Regex& regex_;
  std::string storage_;
  std::string_view subject_;
  struct State;
  std::unique_ptr<State> state_;
  size_t start_ = 0;
  size_t last_end_ = std::string_view::npos;
};

}  // namespace radlads::text
