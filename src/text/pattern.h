// What Replace and Split look for: a string, or a regular expression.
#pragma once

#include <limits>
#include <string>
#include <string_view>
#include <variant>

#include "io/json_field.h"
#include "text/regex.h"

namespace radlads::text {

/// Immutable and safe for use by several threads.
class Pattern {
 public:
  /// {"String": "..."} or {"Regex": "..."}
  static Pattern parse(const JsonField& field);

  explicit Pattern(std::string literal) : what_(std::move(literal)) {}
  explicit Pattern(Regex regex) : what_(std::move(regex)) {}

  /// Calls found(Range) for every match in `valid` (UTF-8), from left to right. In an empty text there is
  /// none, not even of a pattern that matches nothing at all.
  template <class Found>
  void for_each_match(std::string_view valid, const Found& found) const {
    if (const auto* regex = std::get_if<Regex>(&what_)) {
      if (valid.empty()) return;
      RegexScan scan(*regex, valid);
      for (Range match; scan.next(match);) found(match);
    } else {
      const auto& literal = std::get<std::string>(what_);
      if (literal.empty()) return;
      for (size_t i = 0; (i = valid.find(literal, i)) != std::string_view::npos; i += literal.size()) {
        found(Range{i, i + literal.size()});
      }
    }
  }

  /// `valid` with every match replaced. `head`, if given, is a length at the front of `valid`, and becomes
  /// that of its counterpart in the result: a replacement counts as the end of its match. Once the result is
  /// longer than `most_bytes`, it is left unfinished.
  std::string replace(std::string_view valid, std::string_view content, size_t* head = nullptr,
                      size_t most_bytes = std::numeric_limits<size_t>::max()) const;

  /// True if it matches single characters only, so that a text may be searched piece by piece.
  bool is_one_character() const;

 private:
  std::variant<std::string, Regex> what_;
};

}  // namespace radlads::text
