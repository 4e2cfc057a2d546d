// Tasks for one model: from questions to figures.
#pragma once

#include <vector>

#include "eval/answers.h"
#include "eval/journal.h"
#include "eval/prepare.h"

namespace radlads::eval {

struct TaskResult {
  PreparedTask prepared;
  std::vector<Answer> answers;
  std::vector<Figure> figures;
  int64_t num_truncated = 0;  // questions whose context lost its left end
  double seconds = 0;         // of encoding and asking
};

/// Asks the model everything. `journal` may be null.
std::vector<TaskResult> ask(const EvalModel& model, std::vector<PreparedTask> tasks,
                            const EvalSettings& settings, const ComputeSettings& compute, Journal* journal);

}  // namespace radlads::eval
