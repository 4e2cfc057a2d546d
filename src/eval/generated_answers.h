// Answers that the model writes.
#pragma once

#include <vector>

#include "eval/answers.h"
#include "eval/journal.h"
#include "eval/prepare.h"

namespace radlads::eval {

/// The texts for every question, as many as the task's repeats. `journal` may be null; num_truncated counts
/// questions that lost their left end.
std::vector<Answer> generated_answers(const EvalModel& model, const PreparedTask& prepared,
                                      const EvalSettings& settings, const ComputeSettings& compute,
                                      Journal* journal, int64_t& num_truncated);

}  // namespace radlads::eval
