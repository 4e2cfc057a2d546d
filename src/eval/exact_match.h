// The metric exact_match of generated text, with what a task tells it to ignore.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "text/python_regex.h"

namespace radlads::eval {

/// Immutable and safe for use by several threads.
class ExactMatch {
 public:
  /// `options` is an object with any of ignore_case, ignore_punctuation, ignore_numbers (flags, about ASCII
  /// punctuation and digits) and regexes_to_ignore (a list of patterns). UserError, starting with `subject`
  /// ("[eval] gsm8k"), for another member or type, or for a pattern that is not supported.
  ExactMatch(const nlohmann::ordered_json& options, std::string_view subject);

  /// Whether the two, in UTF-8, are equal except for what is ignored.
  bool matches(std::string_view prediction, std::string_view reference) const;

 private:
  std::string what_counts(std::string_view text) const;

  std::vector<text::PythonRegex> regexes_to_ignore_;
  std::string ignored_characters_;
  bool ignore_case_ = false;
};

}  // namespace radlads::eval
