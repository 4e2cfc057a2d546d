#include "conversion/reports.h"

#include <algorithm>
#include <fstream>
#include <numeric>
#include <utility>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/log.h"
#include "eval/results.h"
#include "io/file.h"
#include "io/json.h"
#include "io/json_field.h"

namespace radlads {
namespace {

constexpr size_t kLastUpdates = 20;  // averaged for a step's last loss

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

void finish(StepReport& step) {
  const size_t count = std::min(kLastUpdates, step.loss.size());
  step.first_loss = step.loss.front();
  step.last_loss = std::accumulate(step.loss.end() - static_cast<ptrdiff_t>(count), step.loss.end(), 0.0) /
                   static_cast<double>(count);
}

/// What a line of the log says.
struct Update {
  std::string step;
  double tokens, loss, tokens_per_second;
};

Update read_update(const std::string& line, int64_t number, const std::filesystem::path& file) {
  constexpr std::string_view kOperation = "read_log";
  const std::string place = fmt::format("line {} of {}", number, file.string());
  const auto json = parse_json(line, fmt::format("[{}] line {}", kOperation, number), file);
  const JsonField root(json, kOperation, place);
  return {root.at("step").as_string(), root.at("tokens").as_number(), root.at("loss").as_number(),
          root.at("tokens_per_second").as_number()};
}

}  // namespace

ComparisonReport comparison_report(const eval::Comparison& c, std::string text) {
  ComparisonReport report = {.text = std::move(text),
                             .documents = c.documents,
                             .tokens = c.tokens,
                             .teacher_nats_per_token = c.teacher_nats_per_token,
                             .student_nats_per_token = c.student_nats_per_token,
                             .kl_per_token = c.kl_per_token,
                             .top1_agreement = c.top1_agreement};
  for (const eval::PositionFigures& p : c.positions) {
    report.positions.push_back(
        {p.from, p.to, p.tokens, p.kl, p.teacher_nats, p.student_nats, p.top1_agreement});
  }
  for (const eval::LayerFigures& l : c.layers) {
    report.layers.push_back({l.layer, std::string(l.mixer->name), l.cosine, l.relative_error, l.hidden_cosine,
                             l.hidden_relative_error});
  }
  return report;
}

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

std::vector<StepReport> read_training_log(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::vector<StepReport> steps;
  std::string line;
  double tokens_before = 0;
  for (int64_t number = 1; std::getline(in, line); ++number) {
    try {
      const Update update = read_update(line, number, file);
      if (steps.empty() || steps.back().name != update.step) {
        steps.push_back({.name = update.step, .unit = update.step == "align" ? "distance" : "nats/token"});
        tokens_before = 0;
      }
      StepReport& step = steps.back();
      step.tokens.push_back(update.tokens);
      step.loss.push_back(update.loss);
      step.seconds += (update.tokens - tokens_before) / update.tokens_per_second;
      tokens_before = update.tokens;
    } catch (const UserError& error) {
      warn("{}; that line is left out of the report's curves", error.what());
    }
  }
  for (StepReport& step : steps) finish(step);
  return steps;
}

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(RunFigures, teacher_nats_per_token, student_nats_per_token, kl_per_token,
                                   top1_agreement, documents, tokens, seconds)

void write_figures(const RunFolder& run, const RunReport& report) {
  if (!report.comparison) return;
  const ComparisonReport& c = *report.comparison;
  RunFigures figures = {c.teacher_nats_per_token,
                        c.student_nats_per_token,
                        c.kl_per_token,
                        c.top1_agreement,
                        c.documents,
                        c.tokens};
  for (const StepReport& step : report.steps) figures.seconds += step.seconds;
  write_text_file(run.figures(), nlohmann::json(figures).dump(2) + "\n");
}

std::optional<RunFigures> read_figures(const RunFolder& run) {
  if (!std::filesystem::exists(run.figures())) return std::nullopt;
  try {
    const JsonFile json(run.figures(), "read_figures");
    const JsonField& root = json.root();
    return RunFigures{.teacher_nats_per_token = root.at("teacher_nats_per_token").as_number(),
                      .student_nats_per_token = root.at("student_nats_per_token").as_number(),
                      .kl_per_token = root.at("kl_per_token").as_number(),
                      .top1_agreement = root.at("top1_agreement").as_number(),
                      .documents = root.at("documents").as_integer(0),
                      .tokens = root.at("tokens").as_integer(0),
                      .seconds = root.at("seconds").as_number()};
  } catch (const UserError& error) {
    fail("{}: remove that file and the student, and run again", error.what());
  }
}

}  // namespace radlads
