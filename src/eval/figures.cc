#include "eval/figures.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/utf8.h"
#include "eval/generated_text.h"
#include "eval/sequences.h"
#include "text/unicode.h"

namespace radlads::eval {
namespace {

/// Pieces between runs of white space, including an empty one at either end.
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
  if (const CorpusMetric* corpus = find_corpus_metric(metric.name))
    return estimate(*corpus, figure.counts, num_threads);
  if (metric.aggregation == "perplexity")
    return {perplexity(figure.values), perplexity_standard_error(figure.values, num_threads)};
  if (metric.aggregation == "mean") return {mean(figure.values), mean_standard_error(figure.values)};
  std::vector<RollingScore> documents;
  for (size_t i = 0; i < figure.values.size(); ++i) documents.push_back({figure.values[i], figure.sizes[i]});
  if (metric.aggregation == "bits_per_byte") return {bits_per_byte(documents), {}};
  if (metric.aggregation == "nats_per_token") return {nats_per_token(documents), {}};
  return {weighted_perplexity(documents), {}};
}

int64_t num_characters(std::string_view text) {
  int64_t count = 0;
  for (size_t position = 0; position < text.size(); ++count) next_character(text, position);
  return count;
}

/// The first of the choices with the largest log-likelihood, each divided by its length.
template <class Length>
int64_t best_choice(const Answer& answer, const Length& length) {
  int64_t best = 0;
  double most = -HUGE_VAL;
  for (size_t i = 0; i < answer.choices.size(); ++i) {
    const double value = answer.choices[i].sum / static_cast<double>(length(i));
    if (value > most) best = static_cast<int64_t>(i), most = value;
  }
  return best;
}

/// The first of the choices with the largest log-likelihood.
int64_t most_likely_choice(const Answer& answer) {
  return best_choice(answer, [](size_t) { return 1; });
}

/// 0 or 1 by acc, acc_norm (log-likelihoods per character), acc_bytes or exact_match (a right choice is what
/// the model would write).
double choice_score(const std::string& metric, const Task& task, const Question& question,
                    const Answer& answer) {
  const std::vector<int64_t> right = right_choices(task, question);
  if (metric == "exact_match") {
    const bool is_greedy = std::any_of(right.begin(), right.end(), [&](int64_t i) {
      return answer.choices[static_cast<size_t>(i)].is_greedy;
    });
    return is_greedy ? 1 : 0;
  }
  const auto& choices = question.choices;
  const int64_t chosen = metric == "acc" ? most_likely_choice(answer)
                         : metric == "acc_norm"
                             ? best_choice(answer, [&](size_t i) { return num_characters(choices[i]); })
                             : best_choice(answer, [&](size_t i) { return choices[i].size(); });
  return std::find(right.begin(), right.end(), chosen) != right.end() ? 1 : 0;
}

/// f1 and mcc: for a question with several right choices, the one that was chosen counts.
Figure measure_confusion(const CorpusMetric& metric, const Task& task, const std::vector<Question>& questions,
                         const std::vector<Answer>& answers) {
  Figure figure = {.metric = std::string(metric.name)};
  size_t most = 0;
  for (const Question& question : questions) most = std::max(most, question.choices.size());
  for (size_t i = 0; i < questions.size(); ++i) {
    const std::vector<int64_t> right = right_choices(task, questions[i]);
    const int64_t chosen = most_likely_choice(answers[i]);
    const int64_t wanted = std::find(right.begin(), right.end(), chosen) != right.end() ? chosen : right[0];
    figure.add(metric,
               metric.name == "f1" ? f1_counts(wanted, chosen)
                                   : mcc_counts(wanted, chosen, static_cast<int64_t>(most)),
               {wanted, chosen});
  }
  return figure;
}

/// The figures of one metric on log-likelihoods.
Figure measure_scores(const Task& task, const MetricSpec& metric, const std::vector<Question>& questions,
                      const std::vector<Answer>& answers) {
  if (const CorpusMetric* corpus = find_corpus_metric(metric.name))
    return measure_confusion(*corpus, task, questions, answers);
  Figure figure = {.metric = metric.name};
  for (size_t i = 0; i < questions.size(); ++i) {
    const Answer& answer = answers[i];
    switch (task.output) {
      case OutputType::kMultipleChoice:
        figure.values.push_back(choice_score(metric.name, task, questions[i], answer));
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
std::vector<Figure> measure_positions(const std::vector<Answer>& answers) {
  std::vector<Figure> figures;
  for (const Answer& answer : answers) figures.resize(std::max(figures.size(), answer.by_position.size()));
  for (size_t range = 0; range < figures.size(); ++range) {
    const auto [from, to] = position_range(static_cast<int64_t>(range));
    Figure& figure = figures[range];
    figure.metric = fmt::format("nats_at_{}_{}", from, to);
    for (const Answer& answer : answers) {
      const RollingScore score =
          range < answer.by_position.size() ? answer.by_position[range] : RollingScore();
      figure.values.push_back(score.log_likelihood);
      figure.sizes.push_back(score.size);
    }
  }
  return figures;
}

/// What a generated text should be: the target as text, or any of several. Like the harness, a task has
/// `several` if its first document does; else a list is a text that looks like one.
std::vector<std::string> references_of(const Task& task, const Question& question, bool several) {
  std::vector<std::string> references;
  if (!question.choices.empty()) {
    for (const int64_t i : right_choices(task, question))
      references.push_back(question.choices[static_cast<size_t>(i)]);
    return references;
  }
  const Json& target = question.target;
  const bool is_list = several && target.is_array();
  for (const Json& one : is_list ? target : Json::array({target})) references.push_back(python_text(one));
  return references;
}

Counts text_counts(std::string_view metric, const std::string& text,
                   const std::vector<std::string>& references) {
  if (metric == "bleu") return bleu_counts(text, references);
  if (metric == "ter") return ter_counts(text, references);
  return chrf_counts(text, references, metric == "chrf++" ? 2 : 0);
}

Figure measure_texts(const MetricSpec& metric, const FilterPipeline& filter, const Task& task,
                     const std::vector<Question>& questions, const std::vector<Answer>& answers) {
  const ExactMatch exact_match(metric.arguments, "[eval] " + task.name);
  const CorpusMetric* corpus = find_corpus_metric(metric.name);
  const bool several = !questions.empty() && questions[0].target.is_array();
  Figure figure = {.metric = metric.name};
  for (size_t i = 0; i < questions.size(); ++i) {
    const std::vector<std::string> left = filter.apply(answers[i].texts);
    const std::vector<std::string> references = references_of(task, questions[i], several);
    const std::string text = left.empty() ? "" : left[0];
    if (corpus != nullptr) {
      const Json wanted = references.size() == 1 ? Json(references[0]) : Json(references);
      figure.add(*corpus, text_counts(metric.name, text, references), {wanted, text});
    } else if (metric.name == "string_match") {
      figure.values.push_back(left.empty() ? 0 : string_match(text, references));
    } else {
      const bool matches =
          std::any_of(references.begin(), references.end(),
                      [&](const std::string& reference) { return exact_match.matches(text, reference); });
      figure.values.push_back(!left.empty() && matches ? 1 : 0);
    }
    figure.filtered.push_back(filter.gives_one_text() ? Json(text) : Json(left));
  }
  return figure;
}

}  // namespace

void Figure::add(const CorpusMetric& of, Counts document, Json item) {
  values.push_back(of.score(document));
  counts.push_back(std::move(document));
  items.push_back(std::move(item));
}

std::vector<Figure> measure(const Task& task, const std::vector<Question>& questions,
                            const std::vector<Answer>& answers, int num_threads) {
  std::vector<Figure> figures;
  const auto add = [&](const MetricSpec& metric, const FilterPipeline& filter, Figure figure) {
    figure.filter = filter.name();
    figure.higher_is_better = metric.higher_is_better;
    figure.estimate = estimate_of(metric, figure, num_threads);
    figures.push_back(std::move(figure));
  };
  for (const FilterPipeline& filter : parse_filters(task.filters, "[eval] " + task.name)) {
    for (const MetricSpec& metric : task.metrics) {
      if (task.output == OutputType::kGenerateUntil) {
        add(metric, filter, measure_texts(metric, filter, task, questions, answers));
      } else if (metric.name == kNatsByPosition) {
        for (Figure& figure : measure_positions(answers)) add(metric, filter, std::move(figure));
      } else {
        add(metric, filter, measure_scores(task, metric, questions, answers));
      }
    }
  }
  return figures;
}

}  // namespace radlads::eval
