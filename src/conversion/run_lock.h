// One process at a time in a run folder.
#pragma once

#include <filesystem>

namespace radlads {

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

}  // namespace radlads
