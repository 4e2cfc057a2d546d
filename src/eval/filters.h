// What a task does with generated text before it is scored: the pipelines of its filter_list.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

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

  /// The responses to one document (UTF-8, at least one), filtered; a single text after take_first. As in
  /// lm-eval, a function after take_first reads the characters of that text as responses. UserError if a
  /// function needs more responses, or more matches in one, than there are.
  Texts apply(Texts responses) const;

  /// A function with its options.
  struct Step {
    std::function<Texts(Texts)> run;
    bool gives_one_text = false;  // rather than a list
  };

 private:
  FilterPipeline(std::string name, std::vector<Step> steps);

  std::string name_;
  std::vector<Step> steps_;
};

/// Those of a task's filter_list; of null the pipeline "none". UserError as above, and if it is not a list.
std::vector<FilterPipeline> parse_filters(const nlohmann::ordered_json& list, std::string_view subject);

}  // namespace radlads::eval
