// The results of an evaluation, as plain data, and the page that shows them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace radlads {

struct ScoreReport {
  double value = 0;
  std::optional<double> standard_error;
};

/// 100 (student - chance) / (teacher - chance), and its 95% interval.
struct RelativeReport {
  double percent = 0, low = 0, high = 0;
};

/// The accuracy of a task, or of a group as a whole.
struct TaskReport {
  std::string name;
  std::string partial;  // "6 of 57": how much of a group is present; empty if all
  std::string metric;
  std::optional<double> chance;  // of guessing; without it there is no relative score
  std::optional<ScoreReport> teacher;
  ScoreReport student;
  std::optional<RelativeReport> relative;  // also none if the teacher is hardly above chance
};

/// A line of the table of all figures.
struct FigureReport {
  std::string name;  // of a partial group: "mmlu (6 of 57)"
  int depth = 0;     // of the groups that it is in
  std::string num_fewshot, filter, metric;
  std::optional<ScoreReport> teacher, student;  // a group may have neither
};

struct EvaluationReport {
  std::string student_name;
  std::string teacher_name;  // empty: the student alone was evaluated
  std::string date;          // "2026-11-21"
  std::string program;       // "radlads 0.1"
  std::string command;       // how it was started
  std::vector<TaskReport> tasks;
  std::vector<FigureReport> figures;
  std::optional<RelativeReport> mean;  // of the relative scores
  int64_t num_in_mean = 0;
};

/// One HTML page without any outside resource, in the style of html_report: relative scores and scores as
/// bars, and the figures as tables.
std::string evaluation_page(const EvaluationReport& report);

}  // namespace radlads
