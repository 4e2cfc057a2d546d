#include "eval/generated_text.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <optional>
#include <stdexcept>
#include <unordered_map>
#include <utility>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/utf8.h"
#include "text/case_mapping.h"
#include "text/jinja/strings.h"

namespace radlads::eval {
namespace {

using Json = nlohmann::ordered_json;
using Step = FilterPipeline::Step;
using Texts = FilterPipeline::Texts;

/// Compiles a pattern; UserError "SUBJECT: REASON" if it is not a string, malformed or not supported.
text::PythonRegex task_regex(const Json& pattern, std::string_view subject) {
  if (!pattern.is_string()) fail("{}: the pattern {} is not a string", subject, pattern.dump());
  try {
    return text::PythonRegex(pattern.get<std::string>());
  } catch (const std::invalid_argument& error) {
    fail("{}: {}: {}", subject, pattern.dump(), error.what());
  }
}

std::string stripped(std::string_view text) { return std::string(jinja::strip(text, jinja::Side::kBoth)); }

/// The members of {"function": NAME, ...} besides the name.
class Options {
 public:
  Options(const Json& function, const std::string& pipeline) : function_(function), subject_(pipeline) {
    if (!function.is_object() || !function.contains("function") || !function["function"].is_string()) {
      fail("{}: {} has no function", pipeline, function.dump());
    }
    subject_ += ": " + name();
  }

  std::string name() const { return function_["function"].get<std::string>(); }
  const std::string& subject() const { return subject_; }

  void allow_only(std::initializer_list<std::string_view> keys) const {
    for (const auto& [key, value] : function_.items()) {
      if (key != "function" && std::find(keys.begin(), keys.end(), key) == keys.end()) {
        fail("{}: the option {} is not supported", subject_, key);
      }
    }
  }

  const Json* find(std::string_view key) const {
    const auto found = function_.find(key);
    return found == function_.end() ? nullptr : &*found;
  }

  Json value_or(std::string_view key, const char* otherwise) const {
    const Json* value = find(key);
    return value == nullptr ? Json(otherwise) : *value;
  }

  int64_t integer(std::string_view key, std::optional<int64_t> otherwise) const {
    const Json* value = find(key);
    if (value == nullptr && otherwise) return *otherwise;
    if (value == nullptr || !value->is_number_integer()) fail("{}: {} must be a whole number", subject_, key);
    return value->get<int64_t>();
  }

 private:
  const Json& function_;
  std::string subject_;
};

template <class Function>
Step each(const Function& function) {
  return {[function](Texts texts) {
    for (std::string& text : texts) text = function(text);
    return texts;
  }};
}

/// What re.findall gives for a match: the whole, the one group, or here, of several groups, the first that is
/// not empty; nullopt if all are.
std::optional<std::string_view> found_text(const text::PythonRegex::Match& match, std::string_view text) {
  const auto captured = [&](size_t group) {
    const auto range = match[group].value_or(text::Range{});
    return text.substr(range.begin, range.end - range.begin);
  };
  if (match.size() <= 2) return captured(match.size() - 1);
  for (size_t group = 1; group < match.size(); ++group) {
    if (!captured(group).empty()) return captured(group);
  }
  return std::nullopt;
}

/// The text of one match, stripped.
class RegexFilter {
 public:
  explicit RegexFilter(const Options& options)
      : regex_(task_regex(options.value_or("regex_pattern", R"(#### (\-?[0-9\.\,]+))"), options.subject())),
        select_(options.integer("group_select", 0)),
        subject_(options.subject()) {
    options.allow_only({"regex_pattern", "group_select", "fallback"});
    const Json fallback = options.value_or("fallback", "[invalid]");
    if (!fallback.is_string()) fail("{}: fallback is not a string", subject_);
    fallback_ = fallback.get<std::string>();
  }

  std::string operator()(const std::string& text) const {
    const auto matches = regex_.matches(text);
    if (matches.empty()) return fallback_;
    const int64_t index = select_ < 0 ? select_ + std::ssize(matches) : select_;
    if (index < 0 || index >= std::ssize(matches)) {
      fail("{}: group_select is {}, but the number of matches in a response is {}", subject_, select_,
           matches.size());
    }
    const auto found = found_text(matches[static_cast<size_t>(index)], text);
    return stripped(found.value_or(fallback_));
  }

 private:
  text::PythonRegex regex_;
  int64_t select_;
  std::string subject_, fallback_;
};

void check_not_empty(const Texts& texts, const std::string& subject) {
  if (texts.empty()) fail("{}: there is no response to take", subject);
}

Step take_first_step(const std::string& subject) {
  return {[subject](Texts texts) {
            check_not_empty(texts, subject);
            texts.resize(1);
            return texts;
          },
          true};
}

void check_enough(int64_t k, int64_t responses, const std::string& subject) {
  if (responses < k) fail("{}: k is {}, but the task's repeats give {}", subject, k, responses);
}

Step take_first_k_step(const Options& options) {
  options.allow_only({"k"});
  const int64_t k = options.integer("k", std::nullopt);
  if (k < 1) fail("{}: k is {}, but must be positive", options.subject(), k);
  return {[k, subject = options.subject()](Texts texts) {
            check_enough(k, std::ssize(texts), subject);
            texts.resize(static_cast<size_t>(k));
            return texts;
          },
          /*gives_one_text=*/false, k};
}

/// The most frequent text, the first of equals.
Step majority_vote_step(const std::string& subject) {
  return {[subject](const Texts& texts) -> Texts {
    check_not_empty(texts, subject);
    std::unordered_map<std::string_view, int64_t> votes;
    for (const std::string& text : texts) ++votes[text];
    return {*std::max_element(texts.begin(), texts.end(), [&](const std::string& a, const std::string& b) {
      return votes[a] < votes[b];
    })};
  }};
}

std::string mapped_text(const Json& value, const Options& options) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_number_integer())
    fail("{}: {} is neither text nor a whole number", options.subject(), value.dump());
  return value.dump();
}

Step map_step(const Options& options) {
  options.allow_only({"mapping_dict", "default_value"});
  const Json* mapping = options.find("mapping_dict");
  const Json* otherwise = options.find("default_value");
  if (mapping == nullptr || !mapping->is_object())
    fail("{}: mapping_dict is not a mapping", options.subject());
  if (otherwise == nullptr) fail("{}: there is no default_value", options.subject());
  std::unordered_map<std::string, std::string> texts;
  for (const auto& [key, value] : mapping->items()) texts.emplace(key, mapped_text(value, options));
  return each([texts, fallback = mapped_text(*otherwise, options)](const std::string& text) {
    const auto found = texts.find(text);
    return found == texts.end() ? fallback : found->second;
  });
}

Step step_of(const Options& options) {
  const std::string name = options.name();
  if (name == "regex") return each(RegexFilter(options));
  if (name == "take_first_k") return take_first_k_step(options);
  if (name == "map") return map_step(options);
  const auto without_options = [&](Step step) {
    options.allow_only({});
    return step;
  };
  if (name == "take_first") return without_options(take_first_step(options.subject()));
  if (name == "majority_vote") return without_options(majority_vote_step(options.subject()));
  if (name == "remove_whitespace") return without_options(each(stripped));
  if (name == "lowercase") return without_options(each(text::to_lower));
  if (name == "uppercase") return without_options(each(text::to_upper));
  fail("{}: the filter is not supported", options.subject());
}

Texts characters_of(std::string_view text) {
  Texts characters;
  for (size_t i = 0; i < text.size();) {
    const size_t begin = i;
    next_character(text, i);
    characters.emplace_back(text.substr(begin, i - begin));
  }
  return characters;
}

constexpr std::string_view kPunctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
constexpr std::string_view kDigits = "0123456789";

}  // namespace

FilterPipeline::FilterPipeline(std::string name, std::vector<Step> steps)
    : name_(std::move(name)), steps_(std::move(steps)) {}

FilterPipeline::FilterPipeline(const Json& entry, std::string_view subject) {
  if (!entry.is_object() || !entry.contains("name") || !entry["name"].is_string() ||
      !entry.contains("filter") || !entry["filter"].is_array()) {
    fail("{}: filter_list: {} has no name or no list of filters", subject, entry.dump());
  }
  name_ = entry["name"].get<std::string>();
  subject_ = fmt::format("{}: filter_list {}", subject, name_);
  for (const Json& function : entry["filter"]) steps_.push_back(step_of(Options(function, subject_)));
}

FilterPipeline FilterPipeline::none() { return {"none", {take_first_step("[filter] take_first")}}; }

std::vector<FilterPipeline> parse_filters(const Json& list, std::string_view subject) {
  if (list.is_null()) return {FilterPipeline::none()};
  if (!list.is_array() || list.empty())
    fail("{}: filter_list must be a list of at least one pipeline", subject);
  std::vector<FilterPipeline> filters;
  for (const Json& entry : list) filters.emplace_back(entry, subject);
  return filters;
}

void FilterPipeline::check_repeats(int64_t repeats) const {
  for (const Step& step : steps_) {
    if (step.gives_one_text) return;  // what follows reads its characters
    if (step.takes > 0) check_enough(step.takes, repeats, subject_ + ": take_first_k");
    if (step.takes > 0) repeats = step.takes;
  }
}

void FilterPipeline::check_for_scores() const {
  if (steps_.size() == 1 && steps_[0].gives_one_text) return;
  fail("{}: log-likelihoods can have the filter take_first alone", subject_);
}

Texts FilterPipeline::apply(Texts responses) const {
  bool is_one_text = false;
  for (const Step& step : steps_) {
    if (is_one_text) responses = characters_of(responses[0]);
    responses = step.run(std::move(responses));
    is_one_text = step.gives_one_text;
  }
  return responses;
}

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

double string_match(std::string_view answer, std::span<const std::string> references) {
  const std::string text = text::to_lower(answer);
  const auto found = std::count_if(references.begin(), references.end(), [&](const std::string& reference) {
    return text.find(text::to_lower(reference)) != std::string::npos;
  });
  return static_cast<double>(found) / static_cast<double>(references.size());
}

}  // namespace radlads::eval
