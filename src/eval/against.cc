#include "eval/against.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/error.h"
#include "eval/headline.h"

namespace radlads::eval {
namespace {

/// Of all documents.
std::vector<double> scores_of(const Headline& headline) {
  std::vector<double> scores;
  for (const Figure* part : headline.parts)
    scores.insert(scores.end(), part->values.begin(), part->values.end());
  return scores;
}

std::string percent(const std::optional<RelativeScore>& score) {
  return score ? fmt::format("{:.1f} ({:.1f} to {:.1f})", score->percent, score->low, score->high) : "none";
}

Json as_json(const std::optional<RelativeScore>& score) {
  if (!score) return nullptr;
  return {{"percent", score->percent}, {"low", score->low}, {"high", score->high}};
}

[[noreturn]] void refuse_to_compare() {
  fail(
      "[eval] --against: no task has both an accuracy and a known chance to compare by: name one that has "
      "the key "
      "chance");
}

}  // namespace

void check_comparable(const std::vector<PreparedTask>& tasks) {
  if (std::none_of(tasks.begin(), tasks.end(),
                   [](const PreparedTask& x) { return x.task.chance.has_value(); }))
    refuse_to_compare();
}

TaskComparison compare_results(const EvalResult& teacher, const EvalResult& student, uint64_t seed,
                               int num_threads) {
  TaskComparison comparison;
  std::vector<PairedScores> pairs;
  const std::vector<Headline> of_teacher = headlines(teacher), of_student = headlines(student);
  RADLADS_CHECK(of_teacher.size() == of_student.size(), "{} headlines of the teacher, {} of the student",
                of_teacher.size(), of_student.size());
  for (size_t i = 0; i < of_student.size(); ++i) {
    const Headline& headline = of_student[i];
    if (!headline.chance) continue;
    comparison.tasks.push_back({headline.name, headline.metric, *headline.chance, of_teacher[i].estimate,
                                headline.estimate, std::nullopt});
    pairs.push_back({headline.name, scores_of(of_teacher[i]), scores_of(headline), *headline.chance});
  }
  if (pairs.empty()) refuse_to_compare();
  const RelativeScores scores = relative_scores(pairs, seed, num_threads);
  for (size_t i = 0; i < pairs.size(); ++i) comparison.tasks[i].relative = scores.tasks[i];
  comparison.mean = scores.mean;
  comparison.num_in_mean = scores.num_tasks;
  return comparison;
}

std::string comparison_table(const TaskComparison& comparison) {
  std::string text =
      "| task | metric | chance | teacher | student | relative, % (95% interval) "
      "|\n|---|---|---:|---:|---:|---:|\n";
  for (const ComparedTask& x : comparison.tasks) {
    text += fmt::format("| {} | {} | {:.2f} | {:.4f} | {:.4f} | {} |\n", x.name, x.metric, x.chance,
                        x.teacher.value, x.student.value, percent(x.relative));
  }
  text += fmt::format("| mean of {} of {} tasks | | | | | {} |\n", comparison.num_in_mean,
                      comparison.tasks.size(), percent(comparison.mean));
  return text;
}

Json comparison_json(const TaskComparison& comparison, const std::string& teacher) {
  Json json = {{"teacher", teacher}, {"tasks", Json::object()}};
  for (const ComparedTask& x : comparison.tasks) {
    json["tasks"][x.name] = {{"metric", x.metric},
                             {"chance", x.chance},
                             {"teacher", x.teacher.value},
                             {"student", x.student.value},
                             {"relative", as_json(x.relative)}};
  }
  json["mean"] = as_json(comparison.mean);
  json["num_tasks_in_mean"] = comparison.num_in_mean;
  return json;
}

}  // namespace radlads::eval
