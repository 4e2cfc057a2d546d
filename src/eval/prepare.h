// From the names of tasks to the questions that a model is asked.
#pragma once

#include <string>
#include <vector>

#include "eval/model.h"
#include "eval/prompt.h"
#include "eval/task_library.h"

namespace radlads::eval {

/// A task and its documents, ready to be asked.
struct PreparedTask {
  Task task;
  int64_t num_fewshot = 0;
  int64_t num_documents = 0;  // in the file, before the limit
  std::vector<Question> questions;
  std::string data_sha256;
  std::string system_refusal;  // PromptBuilder's
};

/// The ids of a request whose continuation is scored. UserError, naming task and document, where it has none
/// or too many.
RequestEncoder::Encoded encode_scored(const RequestEncoder& encoder, const TextRequest& request,
                                      const Task& task, const Question& question);

/// Which tasks the names stand for, and their questions. UserError for an unknown name and for missing data
/// of a task that is named by itself; a group continues without such tasks, unless `strict`. The model's
/// tokenizer and window decide how long synthetic documents are, and its chat template how prompts look.
std::vector<PreparedTask> prepare_tasks(const TaskLibrary& library, const EvalSettings& settings,
                                        const EvalModel& model);

}  // namespace radlads::eval
