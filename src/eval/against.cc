#include "eval/against.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/error.h"

namespace radlads::eval {
namespace {

/// acc_norm where the task has it, else acc; null if it has neither.
const Figure* chosen_figure(const TaskResult& task) {
  const Figure* chosen = nullptr;
  for (const Figure& figure : task.figures) {
    if (figure.metric == "acc_norm") return &figure;
    if (figure.metric == "acc" && chosen == nullptr) chosen = &figure;
  }
  return chosen;
}

const TaskResult& task_of(const EvalResult& result, const std::string& name) {
  return *std::find_if(result.tasks.begin(), result.tasks.end(),
                       [&](const TaskResult& x) { return x.prepared.task.name == name; });
}

/// A row: a task alone, or those of a group together.
struct Row {
  std::string name;
  std::vector<std::string> tasks;
  const GroupResult* teacher_group = nullptr;
  const GroupResult* student_group = nullptr;
};

std::vector<Row> rows_of(const EvalResult& teacher, const EvalResult& student) {
  std::vector<Row> rows;
  std::vector<std::string> grouped;
  for (size_t i = 0; i < student.groups.size(); ++i) {
    const GroupResult& group = student.groups[i];
    if (group.figures.empty()) continue;
    const bool is_inner = std::find(grouped.begin(), grouped.end(), group.tasks.front()) != grouped.end();
    if (is_inner) continue;
    rows.push_back({group.group.name, group.tasks, &teacher.groups[i], &group});
    grouped.insert(grouped.end(), group.tasks.begin(), group.tasks.end());
  }
  for (const TaskResult& task : student.tasks) {
    const std::string& name = task.prepared.task.name;
    if (std::find(grouped.begin(), grouped.end(), name) == grouped.end()) rows.push_back({name, {name}});
  }
  return rows;
}

std::string percent(const std::optional<RelativeScore>& score) {
  return score ? fmt::format("{:.1f} ({:.1f} to {:.1f})", score->percent, score->low, score->high) : "none";
}

Json as_json(const std::optional<RelativeScore>& score) {
  if (!score) return nullptr;
  return {{"percent", score->percent}, {"low", score->low}, {"high", score->high}};
}

}  // namespace

Comparison compare_results(const EvalResult& teacher, const EvalResult& student, uint64_t seed,
                           int num_threads) {
  Comparison comparison;
  std::vector<PairedScores> pairs;
  for (const Row& row : rows_of(teacher, student)) {
    ComparedTask compared;
    PairedScores pair = {row.name, {}, {}, 0};
    bool is_known = true;
    for (const std::string& name : row.tasks) {
      const TaskResult &of_teacher = task_of(teacher, name), &of_student = task_of(student, name);
      const Figure *teachers = chosen_figure(of_teacher), *students = chosen_figure(of_student);
      is_known = is_known && teachers != nullptr && of_student.prepared.task.chance.has_value();
      if (!is_known) break;
      compared.metric = teachers->metric;
      compared.chance = pair.chance = *of_student.prepared.task.chance;
      compared.teacher = teachers->estimate;
      compared.student = students->estimate;
      pair.teacher.insert(pair.teacher.end(), teachers->values.begin(), teachers->values.end());
      pair.student.insert(pair.student.end(), students->values.begin(), students->values.end());
    }
    if (!is_known) continue;
    if (row.student_group != nullptr) {
      compared.teacher = row.teacher_group->figures[0].estimate;
      compared.student = row.student_group->figures[0].estimate;
    }
    compared.name = row.name;
    comparison.tasks.push_back(compared);
    pairs.push_back(std::move(pair));
  }
  if (pairs.empty()) fail("[eval] --against: no task has both an accuracy and a known chance to compare by");
  const RelativeScores scores = relative_scores(pairs, seed, num_threads);
  for (size_t i = 0; i < pairs.size(); ++i) comparison.tasks[i].relative = scores.tasks[i];
  comparison.mean = scores.mean;
  comparison.num_in_mean = scores.num_tasks;
  return comparison;
}

std::string comparison_table(const Comparison& comparison) {
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

Json comparison_json(const Comparison& comparison, const std::string& teacher) {
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
