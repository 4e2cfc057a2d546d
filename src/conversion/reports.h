// What was measured, as reports show it: comparisons, evaluations, and the figures of a run.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "eval/against.h"
#include "eval/compare.h"
#include "recipe/run_folder.h"
#include "report/evaluation_report.h"
#include "report/run_report.h"

namespace radlads {

/// `text` says what was read.
ComparisonReport comparison_report(const eval::Comparison& comparison, std::string text);

/// Of a model alone. Names, date and command are the caller's.
EvaluationReport evaluation_report(const eval::EvalResult& result);

/// Of both on the same tasks, and what compare_results gave for them.
EvaluationReport evaluation_report(const eval::EvalResult& student, const eval::EvalResult& teacher,
                                   const eval::TaskComparison& comparison);

/// log.jsonl, read back for the report: one entry for each step of the run, in order. A line that cannot be
/// read is left out, with a warning.
std::vector<StepReport> read_training_log(const std::filesystem::path& file);

/// How close the student of a finished run came, and what it took: RUN/figures.json, for programs.
struct RunFigures {
  double teacher_nats_per_token = 0, student_nats_per_token = 0;
  double kl_per_token = 0, top1_agreement = 0;
  int64_t documents = 0, tokens = 0;  // that were compared on
  double seconds = 0;                 // of training
};

void write_figures(const RunFolder& run, const RunReport& report);

/// nullopt if the run has no figures (yet, or because there is no text to compare on). UserError naming a
/// broken file.
std::optional<RunFigures> read_figures(const RunFolder& run);

}  // namespace radlads
