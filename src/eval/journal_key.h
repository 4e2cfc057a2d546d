// Whether a journal belongs to an evaluation.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "eval/prepare.h"

namespace radlads::eval {

/// A key for the files of a model folder: the bytes of small ones, the sizes and modification times of
/// large ones. A copy counts as another model, which costs only answers that are computed again.
std::string model_identity(const std::filesystem::path& folder);

/// A key for everything that decides the results of a model: its files, the tasks and their data, the
/// settings and the version of this program.
std::string journal_key(const EvalModel& model, const std::vector<PreparedTask>& tasks,
                        const EvalSettings& settings, const ComputeSettings& compute,
                        const std::string& dtype);

}  // namespace radlads::eval
