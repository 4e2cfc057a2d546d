// The results of an evaluation as files, in the layout of lm-evaluation-harness, and as a table.
#pragma once

#include <filesystem>
#include <string>

#include "eval/evaluate.h"

namespace radlads::eval {

/// What a results file says about the run.
struct RunFacts {
  std::string model_name;  // as the user gave it
  std::string dtype;
  int64_t batch = 0;
  int num_threads = 1;
  double start_time = 0, end_time = 0;  // seconds since 1970
  std::string version;                  // of this program
};

/// The content of results_TIME.json.
Json results_json(const EvalResult& result, const EvalSettings& settings, const RunFacts& facts);

/// A line of samples_TASK_TIME.jsonl for each question (and filter).
std::string samples_jsonl(const TaskResult& result);

/// |Tasks|Version|Filter|n-shot|Metric| |Value| |Stderr|, and the groups' table below it.
std::string results_table(const EvalResult& result);

/// Writes both under OUT/<model>, and gives the path of the results.
std::filesystem::path write_results(const EvalResult& result, const EvalSettings& settings,
                                    const RunFacts& facts, const std::filesystem::path& folder);

/// The folder of a model's results: its name with "/" and its like as "__".
std::filesystem::path results_folder(const std::filesystem::path& output, const std::string& model_name);

}  // namespace radlads::eval
