// What a task does with generated text: the pipelines of its filter_list, and then the metrics exact_match
// and string_match (RULER's recall of what an answer must contain, arXiv 2404.06654).
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "text/python_regex.h"

namespace radlads::eval {

/// Immutable and safe for use by several threads.
class FilterPipeline {
 public:
  using Texts = std::vector<std::string>;

  /// `entry` is one of filter_list: {"name": "strict-match", "filter": [{"function": "regex", ...}, ...]}.
  /// The functions are regex, remove_whitespace, take_first, take_first_k, majority_vote, lowercase,
  /// uppercase and map. UserError, starting with `subject` ("[eval] gsm8k"), for another function
  /// or option.
  FilterPipeline(const nlohmann::ordered_json& entry, std::string_view subject);

  /// The pipeline "none" of a task without a filter_list: the first response, as it is.
  static FilterPipeline none();

  const std::string& name() const { return name_; }

  /// Whether what is left of the responses is one text, rather than a list, perhaps of one.
  bool gives_one_text() const { return !steps_.empty() && steps_.back().gives_one_text; }

  /// UserError if a function needs more responses than the `repeats` that there are.
  void check_repeats(int64_t repeats) const;

  /// UserError unless take_first is the only function: log-likelihoods have no text to change.
  void check_for_scores() const;

  /// The responses to one document (UTF-8, at least one), filtered; a single text after take_first. As in
  /// lm-eval, a function after take_first reads the characters of that text as responses. UserError if a
  /// function needs more responses, or more matches in one, than there are.
  Texts apply(Texts responses) const;

  /// A function with its options.
  struct Step {
    std::function<Texts(Texts)> run;
    bool gives_one_text = false;  // rather than a list
    int64_t takes = 0;            // of the responses, the first; 0: all
  };

 private:
  FilterPipeline(std::string name, std::vector<Step> steps);

  std::string name_, subject_;
  std::vector<Step> steps_;
};

/// Those of a task's filter_list; of null the pipeline "none". UserError as above, and if it is not a list,
/// or empty.
std::vector<FilterPipeline> parse_filters(const nlohmann::ordered_json& list, std::string_view subject);

/// The metric exact_match, with what a task tells it to ignore. Immutable and safe for use by several
/// threads.
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

/// The fraction of the references (UTF-8, at least one) that the answer contains, ignoring case.
double string_match(std::string_view answer, std::span<const std::string> references);

}  // namespace radlads::eval
