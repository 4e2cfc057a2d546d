// A pattern compiled by PCRE2, and the search for its matches. The dialects (regex.h, python_regex.h) say
// what a pattern may contain and which match comes next.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "text/range.h"

namespace radlads::text {

/// PCRE2 cannot read a pattern.
class MalformedPattern : public std::invalid_argument {
 public:
  MalformedPattern(const std::string& reason, size_t position);

  /// What is wrong, without the position.
  const std::string& reason() const { return reason_; }

 private:
  std::string reason_;
};

/// Immutable, shared by its copies, and safe for use by several threads.
class Pcre2Program {
 public:
  /// `options` are those of pcre2_compile, besides UTF and UCP; a search takes at most `max_steps` at each
  /// place where it tries to match. Throws MalformedPattern.
  Pcre2Program(const std::string& pattern, uint32_t options, uint32_t max_steps);

  /// Groups that capture, including named ones.
  size_t num_groups() const;

  std::optional<size_t> group_named(const std::string& name) const;

 private:
  friend class Pcre2Search;
  struct Compiled;
  std::shared_ptr<const Compiled> compiled_;
};

/// One search at a time, for one thread.
class Pcre2Search {
 public:
  /// The program must outlive the search.
  explicit Pcre2Search(const Pcre2Program& program);
  ~Pcre2Search();
  Pcre2Search(const Pcre2Search&) = delete;
  Pcre2Search& operator=(const Pcre2Search&) = delete;

  /// Whether `valid` (UTF-8) has a match at or after `start`; `options` are those of pcre2_match. Throws
  /// TooManySteps.
  bool find(std::string_view valid, size_t start, uint32_t options = 0);

  /// What group `index` of the match found captured, 0 being the whole match; nullopt if it took no part.
  std::optional<Range> group(size_t index) const;

 private:
  const Pcre2Program& program_;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace radlads::text
