// Groups of tasks: what was evaluated of them, and their figures.
#pragma once

#include <string>
#include <vector>

#include "eval/evaluate.h"
#include "eval/task_library.h"

namespace radlads::eval {

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

/// The groups among the names, and those in them, over tasks that were evaluated.
std::vector<GroupResult> summarize_groups(const TaskLibrary& library, const EvalSettings& settings,
                                          const std::vector<TaskResult>& tasks);

}  // namespace radlads::eval
