// A student's results relative to its teacher's (section 4.1 of arXiv 2505.03005): how much the conversion
// lost. 100 (student - chance) / (teacher - chance), per task and on average, with intervals by the paired
// bootstrap over documents. 100: the student equals the teacher; 0: it guesses.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "eval/evaluate.h"
#include "text/template.h"

namespace radlads::eval {

/// Both models' scores of the same documents, in the same order, by a metric whose figure is their mean.
struct PairedScores {
  std::string task;  // names the task's random numbers
  std::vector<double> teacher, student;
  double chance = 0;  // the score of guessing
};

/// In percent, neither clipped to 0 nor to 100.
struct RelativeScore {
  double percent = 0;
  double low = 0, high = 0;  // a 95% interval: percentiles of the bootstrap
};

struct RelativeScores {
  /// One per task, in order; nullopt if the teacher is less than two standard errors above chance, or has no
  /// standard error.
  std::vector<std::optional<RelativeScore>> tasks;

  /// The plain mean over the tasks that have a score; nullopt if none has.
  std::optional<RelativeScore> mean;
  int64_t num_tasks = 0;  // of the mean
};

/// Every task needs at least one document. The result depends on `seed`, and a task's score on its name, but
/// not on the other tasks or the number of threads.
RelativeScores relative_scores(std::span<const PairedScores> tasks, uint64_t seed, int num_threads);

struct ComparedTask {
  std::string name, metric;
  double chance = 0;
  Estimate teacher, student;
  std::optional<RelativeScore> relative;  // none if the teacher is hardly above chance
};

struct TaskComparison {
  std::vector<ComparedTask> tasks;
  std::optional<RelativeScore> mean;
  int64_t num_in_mean = 0;
};

/// UserError if no task states what guessing gives, so that no work is done for a comparison that cannot
/// be.
void check_comparable(const std::vector<PreparedTask>& tasks);

/// Of all headlines (results.h) that state what guessing gives. UserError if there are none.
TaskComparison compare_results(const EvalResult& teacher, const EvalResult& student, uint64_t seed,
                               int num_threads);

std::string comparison_table(const TaskComparison& comparison);
Json comparison_json(const TaskComparison& comparison, const std::string& teacher);

}  // namespace radlads::eval
