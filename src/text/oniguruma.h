// A pattern compiled by Oniguruma, which defines the syntax in tokenizer.json, and the search for its
// matches.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "text/range.h"

namespace radlads::text {

/// Immutable, shared by its copies, and safe for use by several threads.
class OnigProgram {
 public:
  /// Throws std::invalid_argument, with the reason, for a malformed pattern.
  explicit OnigProgram(const std::string& pattern);

 private:
  friend class OnigSearch;
  struct Compiled;
  std::shared_ptr<const Compiled> compiled_;
};

/// The searches in one text, for one thread. How often they may backtrack, all of them together, is limited:
/// the limit grows with the text.
class OnigSearch {
 public:
  /// The program and `valid` (UTF-8) must outlive the search.
  OnigSearch(const OnigProgram& program, std::string_view valid);
  ~OnigSearch();
  OnigSearch(const OnigSearch&) = delete;
  OnigSearch& operator=(const OnigSearch&) = delete;

  /// Whether the text has a match at or after `start`. Throws TooManySteps.
  bool find(size_t start, Range& match);

 private:
  const OnigProgram& program_;
  std::string_view text_;
  uint64_t steps_left_;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace radlads::text
