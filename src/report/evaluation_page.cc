#include <algorithm>
#include <cmath>
#include <iterator>

#include <fmt/format.h>

#include "report/bar_chart.h"
#include "report/evaluation_report.h"
#include "report/html.h"
#include "report/numbers.h"

namespace radlads {
namespace report {
namespace {

// If a teacher is near chance, an interval may end at thousands of percent.
constexpr double kLowestDrawn = -100, kHighestDrawn = 200;

bool has_teacher(const EvaluationReport& report) { return !report.teacher_name.empty(); }

/// Accuracies with the digits of the harness's table; perplexities may be in thousands.
std::string score_text(double score) {
  return std::abs(score) <= 1 ? fmt::format("{:.4f}", score) : number(score);
}

std::string score_text(const std::optional<ScoreReport>& score) {
  if (!score) return "";
  if (!score->standard_error) return score_text(score->value);
  return fmt::format("{} ± {}", score_text(score->value), score_text(*score->standard_error));
}

std::string percent_text(double percent) {
  return std::isfinite(percent) ? fmt::format("{:.1f}%", percent) : number(percent);
}

std::string percent_text(const std::optional<RelativeReport>& score) {
  return score ? percent_text(score->percent) : "none";
}

std::string interval_text(const std::optional<RelativeReport>& score) {
  return score ? fmt::format("{} to {}", percent_text(score->low), percent_text(score->high)) : "";
}

std::string task_text(const TaskReport& task) {
  return task.partial.empty() ? task.name : fmt::format("{} ({})", task.name, task.partial);
}

std::vector<TaskReport> compared_tasks(const EvaluationReport& report) {
  std::vector<TaskReport> tasks;
  if (!has_teacher(report)) return tasks;
  std::copy_if(report.tasks.begin(), report.tasks.end(), std::back_inserter(tasks),
               [](const TaskReport& task) { return task.chance.has_value(); });
  return tasks;
}

std::string mean_name(const EvaluationReport& report, size_t num_tasks) {
  return fmt::format("Mean of {} of {} tasks", report.num_in_mean, num_tasks);
}

Bar relative_bar(const std::optional<RelativeReport>& score) {
  Bar bar = {.text = percent_text(score)};
  if (score) {
    bar.value = score->percent;
    bar.whisker = {score->low, score->high};
  }
  return bar;
}

std::string relative_figure(const EvaluationReport& report, const std::vector<TaskReport>& tasks) {
  BarChart chart = {
      .caption =
          "100% (dotted) equals the teacher, 0% is guessing. Whiskers: 95% intervals. None: the "
          "teacher is less than two standard errors above chance; such tasks are left out of the mean.",
      .series = {"relative score"},
      .low = 0,
      .high = 100};
  const auto add = [&](const std::string& name, const std::optional<RelativeReport>& score) {
    chart.rows.push_back({.name = name, .bars = {relative_bar(score)}, .mark = 100});
    if (!score) return;
    for (const double value : {score->percent, score->low, score->high}) {
      if (!std::isfinite(value)) continue;
      chart.low = std::min(chart.low, std::max(value, kLowestDrawn));
      chart.high = std::max(chart.high, std::min(value, kHighestDrawn));
    }
  };
  for (const TaskReport& task : tasks) add(task_text(task), task.relative);
  add(mean_name(report, tasks.size()), report.mean);
  return bar_figure(chart);
}

std::string relative_table(const EvaluationReport& report, const std::vector<TaskReport>& tasks) {
  Table table = {.columns = {"Task", "Metric", "Chance", "Teacher", "Student", "Relative", "95% interval"}};
  for (const TaskReport& task : tasks) {
    table.rows.push_back({task_text(task), task.metric, number(*task.chance), score_text(task.teacher),
                          score_text(task.student), percent_text(task.relative),
                          interval_text(task.relative)});
  }
  table.rows.push_back({mean_name(report, tasks.size()), "", "", "", "", percent_text(report.mean),
                        interval_text(report.mean)});
  return report::table(table);
}

/// What the student keeps of the teacher's lead over chance.
std::string relative_section(const EvaluationReport& report) {
  const std::vector<TaskReport> tasks = compared_tasks(report);
  if (tasks.empty()) return "";
  return section("Relative to the teacher", relative_figure(report, tasks) + relative_table(report, tasks));
}

Bar score_bar(const ScoreReport& score) {
  Bar bar = {.value = score.value, .text = score_text(score.value)};
  if (score.standard_error)
    bar.whisker = {score.value - *score.standard_error, score.value + *score.standard_error};
  return bar;
}

std::string scores_section(const EvaluationReport& report) {
  if (report.tasks.empty()) return "";
  BarChart chart = {.caption = "Whiskers: one standard error on each side. Dotted: guessing."};
  chart.series = has_teacher(report) ? std::vector<std::string>{"Student", "Teacher"}
                                     : std::vector<std::string>{"Score"};
  for (const TaskReport& task : report.tasks) {
    BarRow row = {.name = task_text(task), .note = task.metric, .mark = task.chance};
    row.bars.push_back(score_bar(task.student));
    if (has_teacher(report)) row.bars.push_back(task.teacher ? score_bar(*task.teacher) : Bar());
    chart.rows.push_back(std::move(row));
  }
  return section("Scores", bar_figure(chart));
}

/// The filter with the metric, as in the harness: "exact_match,strict-match". Most tasks have none.
std::string metric_text(const FigureReport& figure) {
  const bool is_filtered = !figure.filter.empty() && figure.filter != "none";
  return is_filtered ? fmt::format("{},{}", figure.metric, figure.filter) : figure.metric;
}

std::string figures_section(const EvaluationReport& report) {
  if (report.figures.empty()) return "";
  Table table = {.columns = {"Task", "Examples", "Metric"}};
  if (has_teacher(report)) table.columns.emplace_back("Teacher");
  table.columns.emplace_back(has_teacher(report) ? "Student" : "Value");
  for (const FigureReport& figure : report.figures) {
    std::string indent;
    for (int i = 0; i < figure.depth; ++i) indent += "\u00A0\u00A0\u00A0";  // non-breaking
    std::vector<std::string> row = {indent + figure.name, figure.num_fewshot, metric_text(figure)};
    if (has_teacher(report)) row.push_back(score_text(figure.teacher));
    row.push_back(score_text(figure.student));
    table.rows.push_back(std::move(row));
  }
  return section("All figures", report::table(table));
}

PageTitle title_of(const EvaluationReport& report) {
  const std::string lead = has_teacher(report) ? "Evaluation against " + report.teacher_name : "Evaluation";
  return {.window = report.student_name + ": " + lead,
          .note = report.program + " · " + report.date,
          .name = report.student_name,
          .lead = lead};
}

}  // namespace
}  // namespace report

std::string evaluation_page(const EvaluationReport& report) {
  using namespace report;
  std::string sections = relative_section(report) + scores_section(report) + figures_section(report);
  if (!report.command.empty()) sections += section("Command", code_block(report.command));
  return html_page(title_of(report), sections);
}

}  // namespace radlads
