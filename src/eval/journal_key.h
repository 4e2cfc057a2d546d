// Whether a journal belongs to an evaluation.
#pragma once

#include <string>
#include <vector>

#include "eval/prepare.h"

namespace radlads::eval {

/// What stands for all that decides the results of a model: its files, the tasks and their data, the settings
/// and the version of this program.
std::string journal_key(const EvalModel& model, const std::vector<PreparedTask>& tasks,
                        const EvalSettings& settings, const ComputeSettings& compute,
                        const std::string& dtype);

}  // namespace radlads::eval
