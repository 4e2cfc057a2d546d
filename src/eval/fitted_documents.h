// The documents of a task that generates them, each as long as its length allows.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "eval/task.h"
#include "eval/task_data.h"

namespace radlads::eval {

/// Names the document in messages.
std::string made_place(int64_t index);

/// Tokens of all that is read and written for a document: its prompt and the longest possible answer.
using CountTokens = std::function<int64_t(int64_t index, const Json& document)>;

/// The first `count` documents of a task whose data is synthetic: each has as much filler as fits into its
/// length. They depend on task, seed and counts alone. UserError if not even a document without filler fits.
TaskData fitted_documents(const Task& task, uint64_t seed, int64_t count, const CountTokens& count_tokens);

}  // namespace radlads::eval
