#include "eval/answers.h"

#include <algorithm>

#include "core/error.h"
#include "core/utf8.h"
#include "eval/exact_match.h"
#include "eval/filters.h"
#include "eval/position_ranges.h"
#include "eval/string_match.h"
#include "text/unicode.h"

namespace radlads::eval {
namespace {

int64_t num_characters(std::string_view text) {
  int64_t count = 0;
  for (size_t position = 0; position < text.size(); ++count) next_character(text, position);
  return count;
}

/// The first of the choices with the largest log-likelihood, each divided by its length.
template <class Length>
int64_t best_choice(const Question& question, const Answer& answer, const Length& length) {
  int64_t best = 0;
  double most = -HUGE_VAL;
  for (size_t i = 0; i < answer.choices.size(); ++i) {
    const double value = answer.choices[i].sum / length(question.choices[i]);
    if (value > most) best = static_cast<int64_t>(i), most = value;
  }
  return best;
}

double score_choices(const Task& task, const std::string& metric, const Question& question,
                     const Answer& answer) {
  const std::vector<int64_t> right = right_choices(task, question);
  const auto is_right = [&](int64_t choice) {
    return std::find(right.begin(), right.end(), choice) != right.end();
  };
  if (metric == "acc")
    return is_right(best_choice(question, answer, [](const auto&) { return 1.0; })) ? 1 : 0;
  if (metric == "acc_norm") {
    return is_right(best_choice(question, answer,
                                [](const std::string& c) { return static_cast<double>(num_characters(c)); }))
               ? 1
               : 0;
  }
  if (metric == "acc_bytes") {
    return is_right(best_choice(question, answer,
                                [](const std::string& c) { return static_cast<double>(c.size()); }))
               ? 1
               : 0;
  }
  return std::any_of(right.begin(), right.end(),
                     [&](int64_t i) { return answer.choices[static_cast<size_t>(i)].is_greedy; })
             ? 1
             : 0;
}

/// Pieces between runs of white space, an empty one at either end included.
int64_t num_words(std::string_view text) {
  int64_t words = 1;
  bool in_space = false;
  for (size_t position = 0; position < text.size();) {
    const bool is_space = text::is_white_space(next_character(text, position));
    if (is_space && !in_space) ++words;
    in_space = is_space;
  }
  return words;
}

Estimate estimate_of(const MetricSpec& metric, const Figure& figure, int num_threads) {
  if (metric.aggregation == "perplexity")
    return {perplexity(figure.values), perplexity_standard_error(figure.values, num_threads)};
  if (metric.aggregation == "mean") return {mean(figure.values), mean_standard_error(figure.values)};
  std::vector<RollingScore> documents;
  for (size_t i = 0; i < figure.values.size(); ++i) documents.push_back({figure.values[i], figure.sizes[i]});
  if (metric.aggregation == "bits_per_byte") return {bits_per_byte(documents), {}};
  if (metric.aggregation == "nats_per_token") return {nats_per_token(documents), {}};
  return {weighted_perplexity(documents), {}};
}

/// The figures of one metric on log-likelihoods.
Figure measure_scores(const Task& task, const MetricSpec& metric, const std::vector<Question>& questions,
                      const std::vector<Answer>& answers) {
  Figure figure = {metric.name, "none", metric.higher_is_better, {}, {}, {}, {}};
  for (size_t i = 0; i < questions.size(); ++i) {
    const Answer& answer = answers[i];
    switch (task.output) {
      case OutputType::kMultipleChoice:
        figure.values.push_back(score_choices(task, metric.name, questions[i], answer));
        break;
      case OutputType::kLogLikelihood:
        figure.values.push_back(metric.name == "acc" ? (answer.choices[0].is_greedy ? 1 : 0)
                                                     : answer.choices[0].sum);
        break;
      default: {
        const std::string text = task.doc_to_count ? task.doc_to_count.text_of(questions[i].doc)
                                                   : questions[i].requests[0].context;
        figure.values.push_back(answer.choices[0].sum);
        figure.sizes.push_back(static_cast<double>(
            metric.name == "word_perplexity" ? num_words(text) : static_cast<int64_t>(text.size())));
      }
    }
  }
  return figure;
}

/// One figure for each range of positions that a text has.
std::vector<Figure> measure_positions(const MetricSpec& metric, const std::vector<Answer>& answers) {
  std::vector<Figure> figures;
  for (const Answer& answer : answers) figures.resize(std::max(figures.size(), answer.by_position.size()));
  for (size_t range = 0; range < figures.size(); ++range) {
    const auto [from, to] = position_range(static_cast<int64_t>(range));
    Figure& figure = figures[range];
    figure.metric = fmt::format("nats_at_{}_{}", from, to);
    figure.filter = "none";
    figure.higher_is_better = metric.higher_is_better;
    for (const Answer& answer : answers) {
      const RollingScore score =
          range < answer.by_position.size() ? answer.by_position[range] : RollingScore();
      figure.values.push_back(score.log_likelihood);
      figure.sizes.push_back(score.size);
    }
  }
  return figures;
}

std::vector<FilterPipeline> filters_of(const Task& task) {
  if (task.filters.is_null()) return {FilterPipeline::none()};
  std::vector<FilterPipeline> filters;
  for (const Json& entry : task.filters) filters.emplace_back(entry, "[eval] " + task.name);
  return filters;
}

/// What a generated text should be: the target as text, or any of several.
std::vector<std::string> references_of(const Question& question) {
  const Json& target = question.target;
  if (!question.choices.empty() && target.is_number_integer())
    return {question.choices.at(static_cast<size_t>(target.get<int64_t>()))};
  std::vector<std::string> references;
  for (const Json& one : target.is_array() ? target : Json::array({target}))
    references.push_back(python_text(one));
  return references;
}

double score_text(const MetricSpec& metric, const ExactMatch& exact_match, const std::string& text,
                  const std::vector<std::string>& references) {
  if (metric.name == "string_match") return string_match(text, references);
  return std::any_of(references.begin(), references.end(),
                     [&](const std::string& reference) { return exact_match.matches(text, reference); })
             ? 1
             : 0;
}

Figure measure_texts(const MetricSpec& metric, const FilterPipeline& filter, const Task& task,
                     const std::vector<Question>& questions, const std::vector<Answer>& answers) {
  const ExactMatch exact_match(metric.arguments, "[eval] " + task.name);
  Figure figure = {metric.name, filter.name(), metric.higher_is_better, {}, {}, {}, {}};
  for (size_t i = 0; i < questions.size(); ++i) {
    const std::vector<std::string> left = filter.apply(answers[i].texts);
    figure.values.push_back(
        left.empty() ? 0 : score_text(metric, exact_match, left[0], references_of(questions[i])));
    figure.filtered.push_back(left.size() == 1 ? Json(left[0]) : Json(left));
  }
  return figure;
}

}  // namespace

std::vector<int64_t> right_choices(const Task& task, const Question& question) {
  std::vector<int64_t> right;
  for (const Json& target : question.target.is_array() ? question.target : Json::array({question.target})) {
    const auto& choices = question.choices;
    if (target.is_number_integer()) {
      right.push_back(target.get<int64_t>());
    } else if (target.is_string()) {
      const auto found = std::find(choices.begin(), choices.end(), target.get_ref<const std::string&>());
      right.push_back(found == choices.end() ? -1 : found - choices.begin());
    }
    if (right.empty() || right.back() < 0 || right.back() >= static_cast<int64_t>(choices.size()))
      fail(
          "[eval] {}: the target {} of document {} is none of its {} choices: mend the document, or "
          "doc_to_target of {}",
          task.name, target.dump(), question.doc_id, choices.size(), task.file.string());
  }
  return right;
}

std::vector<Figure> measure(const Task& task, const std::vector<Question>& questions,
                            const std::vector<Answer>& answers, int num_threads) {
  std::vector<Figure> figures;
  const auto add = [&](const MetricSpec& metric, Figure figure) {
    figure.estimate = estimate_of(metric, figure, num_threads);
    figures.push_back(std::move(figure));
  };
  if (task.output == OutputType::kGenerateUntil) {
    for (const FilterPipeline& filter : filters_of(task)) {
      for (const MetricSpec& metric : task.metrics)
        add(metric, measure_texts(metric, filter, task, questions, answers));
    }
    return figures;
  }
  for (const MetricSpec& metric : task.metrics) {
    if (metric.name == kNatsByPosition) {
      for (Figure& figure : measure_positions(metric, answers)) add(metric, std::move(figure));
    } else {
      add(metric, measure_scores(task, metric, questions, answers));
    }
  }
  return figures;
}

std::string python_text(const Json& value) {
  static const Template written = Template::parse("{{ x }}", "target");
  return written.render({{"x", value}});
}

}  // namespace radlads::eval
