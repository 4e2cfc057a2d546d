#include "eval/exact_match.h"

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "eval/task_regex.h"
#include "text/case_mapping.h"

namespace radlads::eval {
namespace {

constexpr std::string_view kPunctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
constexpr std::string_view kDigits = "0123456789";

}  // namespace

ExactMatch::ExactMatch(const nlohmann::ordered_json& options, std::string_view subject) {
  for (const auto& [key, value] : options.items()) {
    const auto flag = [&, &k = key, &v = value] {
      if (!v.is_boolean()) fail("{}: exact_match: {} is {}, not true or false", subject, k, v.dump());
      return v.get<bool>();
    };
    if (key == "ignore_case") {
      ignore_case_ = flag();
    } else if (key == "ignore_punctuation") {
      if (flag()) ignored_characters_ += kPunctuation;
    } else if (key == "ignore_numbers") {
      if (flag()) ignored_characters_ += kDigits;
    } else if (key == "regexes_to_ignore") {
      if (!value.is_array()) fail("{}: exact_match: {} is not a list", subject, key);
      for (const auto& pattern : value) regexes_to_ignore_.push_back(task_regex(pattern, subject));
    } else {
      fail("{}: exact_match has no option {}", subject, key);
    }
  }
}

std::string ExactMatch::what_counts(std::string_view text) const {
  std::string kept(text);
  for (const text::PythonRegex& regex : regexes_to_ignore_) kept = regex.remove_from(kept);
  if (ignore_case_) kept = text::to_lower(kept);
  std::erase_if(kept, [this](char c) { return ignored_characters_.find(c) != std::string::npos; });
  return kept;
}

bool ExactMatch::matches(std::string_view prediction, std::string_view reference) const {
  return what_counts(prediction) == what_counts(reference);
}

}  // namespace radlads::eval
