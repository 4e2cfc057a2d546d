// What the log-likelihoods of a question's choices are worth.
#pragma once

#include <string>

#include "eval/answers.h"

namespace radlads::eval {

/// The first of the choices with the largest log-likelihood.
int64_t most_likely_choice(const Answer& answer);

/// 0 or 1 by acc, acc_norm (log-likelihoods per character), acc_bytes or exact_match (a right choice is what
/// the model would write).
double choice_score(const std::string& metric, const Task& task, const Question& question,
                    const Answer& answer);

}  // namespace radlads::eval
