// A model's answers to the questions of a task: log-likelihoods of its choices, or texts that the model
// writes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "eval/journal.h"
#include "eval/log_likelihood.h"
#include "eval/metrics.h"
#include "eval/prepare.h"

namespace radlads::eval {

/// To one question.
struct Answer {
  std::vector<LogLikelihood> choices;  // one for each request; one for a whole text
  std::vector<std::string> texts;      // generated, one for each repeat

  // Of a whole text, where the task asks for it: by number of the range of positions; sizes in tokens.
  std::vector<RollingScore> by_position;
};

/// Log-likelihoods of the task's choices or texts. `journal` may be null; num_truncated counts questions
/// whose context lost its left end.
std::vector<Answer> scored_answers(const EvalModel& model, const PreparedTask& prepared,
                                   const ComputeSettings& compute, Journal* journal, int64_t& num_truncated);

/// The texts for every question, as many as the task's repeats. `journal` may be null; num_truncated counts
/// questions that lost their left end.
std::vector<Answer> generated_answers(const EvalModel& model, const PreparedTask& prepared,
                                      const EvalSettings& settings, const ComputeSettings& compute,
                                      Journal* journal, int64_t& num_truncated);

}  // namespace radlads::eval
