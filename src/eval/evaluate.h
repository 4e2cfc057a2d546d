// An evaluation, step by step: prepare_tasks (prepare.h) turns tasks into questions, the model answers them
// (answers.h), the answers give figures (figures.h), and the figures of tasks those of their groups.
// results.h writes them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "eval/answers.h"
#include "eval/figures.h"
#include "eval/journal.h"
#include "eval/prepare.h"
#include "eval/task_library.h"

namespace radlads::eval {

struct TaskResult {
  PreparedTask prepared;
  std::vector<Answer> answers;
  std::vector<Figure> figures;
  int64_t num_truncated = 0;  // questions whose context lost its left end
  double seconds = 0;         // of encoding and asking
};

/// A group of tasks: what was evaluated of it, and its figures.
struct GroupResult {
  TaskGroup group;
  std::vector<std::string> tasks;    // all below it that were evaluated
  std::vector<std::string> members;  // its rows: tasks and groups
  int64_t num_possible = 0;          // tasks, including those with missing data
  std::vector<Figure> figures;       // estimates only; none if the group asks for none
  int64_t num_documents = 0;
};

struct EvalResult {
  std::vector<TaskResult> tasks;
  std::vector<GroupResult> groups;  // the outer before the inner
};

/// All that follows prepare_tasks. `journal` may be null.
EvalResult evaluate(const EvalModel& model, const TaskLibrary& library, std::vector<PreparedTask> tasks,
                    const EvalSettings& settings, const ComputeSettings& compute, Journal* journal);

/// Asks the model everything. `journal` may be null.
std::vector<TaskResult> ask(const EvalModel& model, std::vector<PreparedTask> tasks,
                            const EvalSettings& settings, const ComputeSettings& compute, Journal* journal);

/// The groups among the names, and those in them, over tasks that were evaluated.
std::vector<GroupResult> summarize_groups(const TaskLibrary& library, const EvalSettings& settings,
                                          const std::vector<TaskResult>& tasks);

}  // namespace radlads::eval
