// A student's results relative to its teacher's (section 4.1 of arXiv 2505.03005): how much the conversion
// lost.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "eval/groups.h"
#include "eval/relative.h"

namespace radlads::eval {

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

/// Of all headlines (headline.h) that state what guessing gives. UserError if there are none.
TaskComparison compare_results(const EvalResult& teacher, const EvalResult& student, uint64_t seed,
                               int num_threads);

std::string comparison_table(const TaskComparison& comparison);
Json comparison_json(const TaskComparison& comparison, const std::string& teacher);

}  // namespace radlads::eval
