// The end of a run: the trained weights are compared with the teacher, described, and moved to their place.
#pragma once

#include <filesystem>
#include <string>

#include "recipe/recipe.h"
#include "recipe/run_folder.h"
#include "report/run_report.h"

namespace radlads {

struct FinishOptions {
  std::filesystem::path student;    // where the model goes
  std::filesystem::path teacher;    // empty after pre-training
  std::filesystem::path tokenizer;  // folder to copy the tokenizer files from
  std::string command;              // how the run was started, for the report
};

/// Completes RUN/model (tokenizer files, modeling files, model card), writes the report, and renames the
/// folder to the student's name: that is the last thing to happen.
RunReport finish_run(const RunFolder& run, const Recipe& recipe, const FinishOptions& options);

}  // namespace radlads
