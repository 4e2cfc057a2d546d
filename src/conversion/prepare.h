// The beginning of a run: what was asked for is checked and written down, the text becomes tokens. One
// process at a time works in a run folder.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "conversion/effective_recipe.h"
#include "recipe/run_folder.h"

namespace radlads {

struct RunRequest {
  std::string command;              // convert, transfer, align, distill, extend or pretrain
  std::filesystem::path teacher;    // model folder; pretrain: none
  std::filesystem::path student;    // where the model will be
  std::filesystem::path from;       // model folder with the weights to start from, or empty
  std::filesystem::path config;     // pretrain: config.json of the model to make
  std::filesystem::path tokenizer;  // folder of the tokenizer
  RecipeSources sources;
  bool resume = false;
  bool overwrite = false;

  /// Which options its recipe has.
  Command kind() const { return command == "pretrain" ? Command::kPretrain : Command::kConvert; }
};

/// Holds FOLDER/lock (flock) while it lives. Programs that are started meanwhile inherit it: a trainer whose
/// parent was killed keeps others out until it has left.
class RunLock {
 public:
  /// The folder must exist. Waits a few seconds for a process that is leaving; UserError if it stays.
  explicit RunLock(const std::filesystem::path& folder);
  ~RunLock();
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;

 private:
  int descriptor_ = -1;
};

struct PreparedRun {
  RunFolder folder;
  Recipe recipe;
  bool trains = false;  // some step has a budget
  std::unique_ptr<RunLock> lock;
};

/// Makes the run folder ready for the trainer, or, with `resume`, checks that it belongs to the same request.
/// nullopt: the run is finished already and there is nothing to do. UserError for a run or student that is in
/// the way (naming --resume and --overwrite), for a recipe that is not the run's, and for everything that
/// would fail later; what was there before is then kept.
std::optional<PreparedRun> prepare_run(const RunRequest& request);

}  // namespace radlads
