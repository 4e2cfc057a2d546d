// Tasks for one model: from names to figures.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "eval/answers.h"
#include "eval/journal.h"
#include "eval/request_ids.h"
#include "eval/task_data.h"
#include "eval/task_library.h"

namespace radlads::eval {

/// All that decides what the figures are, but for the model.
struct EvalSettings {
  std::vector<std::string> tasks;  // tasks, groups, tags, patterns
  std::filesystem::path data;
  std::optional<int64_t> num_fewshot;  // else as the task says
  int64_t limit = -1;                  // documents of each task; all
  int64_t seed = 1234;                 // of the examples, and of documents that are made
  std::optional<int64_t> max_length;   // tokens of the model's window; else as its config says
  Json generation = Json::object();    // replaces members of generation_kwargs
  bool apply_chat_template = false;
  std::string system_instruction;
  bool fewshot_as_multiturn = false;
  bool strict = false;  // a group's missing data is an error

  Json to_json() const;
};

/// How it is computed.
struct ComputeSettings {
  int64_t batch = 0;  // 0: chosen
  bool reuse_prefixes = true;
  int num_threads = 1;
};

/// A task and its documents, ready to be asked.
struct PreparedTask {
  Task task;
  int64_t num_fewshot = 0;
  int64_t num_documents = 0;  // in the file, before the limit
  std::vector<Question> questions;
  std::string data_sha256;
};

struct TaskResult {
  PreparedTask prepared;
  std::vector<Answer> answers;
  std::vector<Figure> figures;
  int64_t num_truncated = 0;  // questions whose context lost its left end
  double seconds = 0;         // of encoding and asking
};

struct GroupResult {
  TaskGroup group;
  std::vector<std::string> tasks;    // all below it that were evaluated
  std::vector<std::string> members;  // its rows: tasks and groups
  int64_t num_possible = 0;          // tasks, with those whose data is missing
  std::vector<Figure> figures;       // estimates alone; none if the group wants none
  int64_t num_documents = 0;
};

struct EvalResult {
  std::vector<TaskResult> tasks;
  std::vector<GroupResult> groups;  // the outer before the inner
};

/// A model, opened for evaluation.
struct EvalModel {
  std::filesystem::path folder;
  std::shared_ptr<const infer::Weights> weights;
  RequestEncoder encoder;
  std::vector<TokenId> stop_ids;
  std::optional<ChatTemplate> chat_template;
};
EvalModel open_model_for_evaluation(const std::filesystem::path& folder, kernels::Compute compute,
                                    const EvalSettings& settings);

/// Which tasks the names stand for, and their questions. UserError for an unknown name and for missing data
/// of a task that is named by itself; a group goes on without such tasks, unless `strict`. The model's
/// tokenizer and window decide how much synthetic documents hold, and its chat template how prompts look.
std::vector<PreparedTask> prepare_tasks(const TaskLibrary& library, const EvalSettings& settings,
                                        const EvalModel& model);

/// Asks the model everything. `journal` may be null.
std::vector<TaskResult> ask(const EvalModel& model, std::vector<PreparedTask> tasks,
                            const EvalSettings& settings, const ComputeSettings& compute, Journal* journal);

/// The groups among the names, and those in them, over tasks that were evaluated.
std::vector<GroupResult> summarize_groups(const TaskLibrary& library, const EvalSettings& settings,
                                          const std::vector<TaskResult>& tasks);

/// What stands for all that decides the results of a model: its files, the tasks and their data, the settings
/// and the version of this program.
std::string journal_key(const EvalModel& model, const std::vector<PreparedTask>& tasks,
                        const EvalSettings& settings, const ComputeSettings& compute,
                        const std::string& dtype);

}  // namespace radlads::eval
