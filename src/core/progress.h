// One line on a terminal that is redrawn in place: "align 41% 820k/2M tokens, 19.8k tokens/s, 59s left, loss
// 0.0312".
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace radlads {

/// Draws at most ten times a second on a terminal, and one plain line every 30 seconds elsewhere. Not
/// thread-safe.
class Progress {
 public:
  /// `done` may be above 0 after a resume: rate and time left count from there.
  Progress(std::string label, std::string unit, int64_t total, int64_t done = 0);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// `note` is appended, for example the loss.
  void update(int64_t done, std::string_view note = {});

 private:
  using Clock = std::chrono::steady_clock;

  std::string line(int64_t done, std::string_view note) const;

  std::string label_, unit_, last_line_;
  int64_t total_, start_;
  bool terminal_;
  Clock::time_point begin_, last_;
};

}  // namespace radlads
