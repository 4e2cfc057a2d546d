// The results of an evaluation so far, line by line in a file, so that one that was interrupted resumes where
// it stopped.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "eval/log_likelihood.h"
#include "eval/prepare.h"

namespace radlads::eval {

class Journal {
 public:
  /// `key` stands for everything that decides the results: an unfinished journal with another key is started
  /// over. UserError if the file cannot be written, or if another process is writing it.
  Journal(std::filesystem::path file, const std::string& key);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  /// Entries of an earlier process.
  int64_t num_resumed() const { return num_resumed_; }

  std::optional<LogLikelihood> log_likelihood(const std::string& task, int64_t index) const;
  std::optional<std::string> text(const std::string& task, int64_t index) const;

  void add(const std::string& task, int64_t index, const LogLikelihood& result);
  void add(const std::string& task, int64_t index, const std::string& text);

  /// Flushes to disk: after every batch.
  void flush();

  /// The results are written elsewhere now.
  void remove();

 private:
  using Place = std::pair<std::string, int64_t>;

  void read(const std::string& key);
  bool take(const nlohmann::json& line);
  void write(const std::string& line);

  std::filesystem::path file_;
  int descriptor_ = -1;
  int64_t num_resumed_ = 0;
  std::string pending_;
  std::chrono::steady_clock::time_point last_sync_ = {};
  std::map<Place, LogLikelihood> log_likelihoods_;
  std::map<Place, std::string> texts_;
};

/// A key for the files of a model folder: the bytes of small ones, the sizes and modification times of
/// large ones. A copy counts as another model, which costs only answers that are computed again.
std::string model_identity(const std::filesystem::path& folder);

/// A key for everything that decides the results of a model: its files, the tasks and their data, the
/// settings and the version of this program.
std::string journal_key(const EvalModel& model, const std::vector<PreparedTask>& tasks,
                        const EvalSettings& settings, const ComputeSettings& compute,
                        const std::string& dtype);

}  // namespace radlads::eval
