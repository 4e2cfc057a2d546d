// Answers that are log-likelihoods.
#pragma once

#include <vector>

#include "eval/answers.h"
#include "eval/journal.h"
#include "eval/prepare.h"

namespace radlads::eval {

/// For the task's choices or texts. `journal` may be null; num_truncated counts questions whose context lost
/// its left end.
std::vector<Answer> scored_answers(const EvalModel& model, const PreparedTask& prepared,
                                   const ComputeSettings& compute, Journal* journal, int64_t& num_truncated);

}  // namespace radlads::eval
