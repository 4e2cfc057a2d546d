// Evaluation against lm-evaluation-harness: every document's log-likelihoods, prompts and ids, every figure.
#pragma once

#include <filesystem>

#include "golden/result.h"

namespace radlads {

/// A file MODEL/samples/TASK.jsonl or TASK.Kshot.jsonl, with its line of MODEL/loglikelihoods_*.jsonl and its
/// entry of MODEL/results_*.json. Skipped where the model is not in `shared`.
GoldenResult check_eval_task(const std::filesystem::path& samples, const std::filesystem::path& shared);

/// The groups of a file MODEL/results_*.json.
GoldenResult check_eval_groups(const std::filesystem::path& results, const std::filesystem::path& shared);

/// A file preprocess/TASK.jsonl: documents with the `query` and the `choices` that the task's templates make
/// of them.
GoldenResult check_eval_templates(const std::filesystem::path& file);

}  // namespace radlads
