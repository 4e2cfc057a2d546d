// The documents of a task: read from files of JSON lines, Parquet, or plain text in the folder that --data
// names, or generated, each as long as its length allows.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
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
/// DATA.jsonl or .parquet, or DATA.txt if the task's texts are read as a whole; lines and texts also with .gz
/// or .zst. Empty if there is none of these.
std::filesystem::path data_file(const Task& task, const std::string& split,
                                const std::filesystem::path& folder);

/// Whether tools/eval_data.py makes the documents: it knows all tasks that come with the program, except
/// those for a user's own data.
bool is_published(const Task& task);

/// The documents of plain text (io/text_source.h says where one ends) have the field `text` alone. UserError
/// for a missing file, with the remedy, and for a line that is not a JSON object, or has an integer of more
/// than 64 bits, with its number. Examples are read if the task has any.
TaskData load_task_data(const Task& task, int64_t num_fewshot, const std::filesystem::path& folder);

/// Names the document in messages.
std::string made_place(int64_t index);

/// Tokens of all that is read and written for a document: its prompt and the longest possible answer.
using CountTokens = std::function<int64_t(int64_t index, const Json& document)>;

/// The first `count` documents of a task whose data is synthetic: each has as much filler as fits into its
/// length. They depend on task, seed and counts alone. UserError if not even a document without filler fits.
TaskData fitted_documents(const Task& task, uint64_t seed, int64_t count, const CountTokens& count_tokens);

}  // namespace radlads::eval
