// What an evaluation is asked to be.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "eval/task.h"
#include "text/local_time.h"

namespace radlads::eval {

/// All that decides what the figures are, but for the model.
struct EvalSettings {
  std::vector<std::string> tasks;  // tasks, groups, tags, patterns
  std::filesystem::path data;
  std::optional<int64_t> num_fewshot;  // else as the task says
  std::optional<double> limit;         // documents of each task, or below 1 their share; else all
  int64_t seed = 1234;                 // of the examples, and of documents that are made
  std::optional<int64_t> max_length;   // tokens of the model's window; else as its config says
  Json generation = Json::object();    // replaces members of generation_kwargs
  bool apply_chat_template = false;
  std::optional<LocalTime>
      template_date;  // what chat templates take for now; else today, and the time of day
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

}  // namespace radlads::eval
