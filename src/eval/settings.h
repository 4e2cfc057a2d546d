// The settings of an evaluation.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "eval/task.h"
#include "text/local_time.h"

namespace radlads::eval {

/// Everything that decides the figures, except the model.
struct EvalSettings {
  std::vector<std::string> tasks;  // tasks, groups, tags, patterns
  std::filesystem::path data;
  std::optional<int64_t> num_fewshot;  // default: as the task says
  std::optional<double> limit;         // documents per task, or a fraction of them below 1; default: all
  int64_t seed = 1234;                 // for the examples, and for generated documents
  std::optional<int64_t> max_length;   // tokens in the model's window; default: as its config says
  Json generation = Json::object();    // replaces members of generation_kwargs
  bool apply_chat_template = false;
  std::optional<LocalTime> template_date;  // what chat templates see as now; default: now
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
