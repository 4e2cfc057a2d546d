#include "conversion/evaluation_report.h"

#include <algorithm>

#include "core/error.h"
#include "eval/headline.h"
#include "eval/results.h"

namespace radlads {
namespace {

ScoreReport score_report(const eval::Estimate& estimate) { return {estimate.value, estimate.standard_error}; }

std::optional<RelativeReport> relative_report(const std::optional<eval::RelativeScore>& score) {
  if (!score) return std::nullopt;
  return RelativeReport{score->percent, score->low, score->high};
}

std::vector<TaskReport> task_reports(const eval::EvalResult& result) {
  std::vector<TaskReport> reports;
  for (const eval::Headline& headline : eval::headlines(result)) {
    reports.push_back({.name = headline.name,
                       .partial = eval::partial_text(headline.num_tasks, headline.num_possible),
                       .metric = headline.metric,
                       .chance = headline.chance,
                       .student = score_report(headline.estimate)});
  }
  return reports;
}

std::vector<FigureReport> figure_reports(const eval::EvalResult& result) {
  std::vector<FigureReport> reports;
  for (const eval::ResultEntry& entry : eval::result_entries(result)) {
    FigureReport report = {.name = entry.name, .depth = entry.depth, .num_fewshot = entry.num_fewshot};
    if (entry.figures.empty()) reports.push_back(report);
    for (const eval::Figure* figure : entry.figures) {
      report.filter = figure->filter;
      report.metric = figure->metric;
      report.student = score_report(figure->estimate);
      reports.push_back(report);
    }
  }
  return reports;
}

}  // namespace

EvaluationReport evaluation_report(const eval::EvalResult& result) {
  return {.tasks = task_reports(result), .figures = figure_reports(result)};
}

EvaluationReport evaluation_report(const eval::EvalResult& student, const eval::EvalResult& teacher,
                                   const eval::TaskComparison& comparison) {
  EvaluationReport report = evaluation_report(student);
  const EvaluationReport of_teacher = evaluation_report(teacher);
  RADLADS_CHECK(
      of_teacher.tasks.size() == report.tasks.size() && of_teacher.figures.size() == report.figures.size(),
      "teacher and student were not evaluated on the same tasks");
  for (size_t i = 0; i < report.tasks.size(); ++i) {
    TaskReport& task = report.tasks[i];
    task.teacher = of_teacher.tasks[i].student;
    const auto compared = std::find_if(comparison.tasks.begin(), comparison.tasks.end(),
                                       [&](const eval::ComparedTask& x) { return x.name == task.name; });
    if (compared != comparison.tasks.end()) task.relative = relative_report(compared->relative);
  }
  for (size_t i = 0; i < report.figures.size(); ++i)
    report.figures[i].teacher = of_teacher.figures[i].student;
  report.mean = relative_report(comparison.mean);
  report.num_in_mean = comparison.num_in_mean;
  return report;
}

}  // namespace radlads
