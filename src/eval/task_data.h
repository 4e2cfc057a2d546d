// The documents of a task: files of JSON lines, Parquet, or plain text, in the folder that --data names.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "eval/task.h"

namespace radlads::eval {

struct TaskData {
  std::vector<Json> questions, examples;
  std::vector<std::string> places;  // of the questions, for messages: "line 3 of FILE"
  std::string sha256;               // of the files that were read
};

/// Where a split of a task's documents is: DATA.SPLIT.jsonl or .parquet, or for the split that is evaluated
/// DATA.jsonl or .parquet, or DATA.txt if the task's texts are read as a whole. Empty if there is none of
/// these.
std::filesystem::path data_file(const Task& task, const std::string& split,
                                const std::filesystem::path& folder);

/// The documents of plain text (io/text_source.h says where one ends) have the field `text` alone. UserError
/// for a missing file, with the remedy, and for a line that is not a JSON object, with its number.
/// Examples are read if the task has any.
TaskData load_task_data(const Task& task, int64_t num_fewshot, const std::filesystem::path& folder);

}  // namespace radlads::eval
