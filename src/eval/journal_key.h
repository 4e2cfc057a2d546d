// Whether a journal belongs to an evaluation.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "eval/prepare.h"

namespace radlads::eval {

/// What stands for the files of a model folder: the bytes of small ones, the sizes and times of change of
/// large ones. A copy is another model, which costs no more than answers that are asked for again.
std::string model_identity(const std::filesystem::path& folder);

/// What stands for all that decides the results of a model: its files, the tasks and their data, the settings
/// and the version of this program.
std::string journal_key(const EvalModel& model, const std::vector<PreparedTask>& tasks,
                        const EvalSettings& settings, const ComputeSettings& compute,
                        const std::string& dtype);

}  // namespace radlads::eval
