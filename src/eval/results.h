// The results of an evaluation: as files, in the layout of lm-evaluation-harness, as a table, and one figure
// per task.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

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

/// A task or a group as it appears in the table.
struct ResultEntry {
  std::string name;  // an alias; of a group that lacks data: "mmlu (6 of 57)"
  int depth = 0;     // of the groups that it is in
  bool is_group = false;
  std::string version, num_fewshot;
  std::vector<const Figure*> figures;  // of the result, by metric and filter; a group may have none
};

/// Each group with what is in it, then the other tasks, by name. The result must outlive them.
std::vector<ResultEntry> result_entries(const EvalResult& result);

/// "6 of 57", empty if nothing is missing.
std::string partial_text(int64_t num_tasks, int64_t num_possible);

/// |Tasks|Version|Filter|n-shot|Metric| |Value| |Stderr|, and the groups' table below it.
std::string results_table(const EvalResult& result);

/// Writes both under OUT/<model>, and gives the path of the results.
std::filesystem::path write_results(const EvalResult& result, const EvalSettings& settings,
                                    const RunFacts& facts, const std::filesystem::path& folder);

/// The folder of a model's results: its name with "/" and similar characters as "__".
std::filesystem::path results_folder(const std::filesystem::path& output, const std::string& model_name);

/// What a task is judged by when there is room for one figure: next to a teacher's, and as a bar. Of a task
/// alone, or of a group as a whole.
struct Headline {
  std::string name;
  std::string metric;  // of a task: acc_norm where it has it, else acc, exact_match or string_match (its
                       // first filter)
  int64_t num_tasks = 1, num_possible = 1;  // of a group: evaluated, and including those with missing data
  std::optional<double> chance;             // the mean over its documents; none if a task does not state it
  Estimate estimate;
  std::vector<const Figure*> parts;  // of the result: the figures of the tasks that it is made of
};

/// Of the groups that have figures, and of the tasks outside of them; groups and tasks within such a group
/// have none, nor has a task without an accuracy. The results must outlive what is given.
std::vector<Headline> headlines(const EvalResult& result);

}  // namespace radlads::eval
