// What the user sees on standard error: messages, and a line that shows the progress of some work. Standard
// output belongs to results.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace radlads {

void log_info(std::string_view message);
void log_warning(std::string_view message);

template <class... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
  log_info(fmt::format(format, std::forward<Args>(args)...));
}

template <class... Args>
void warn(fmt::format_string<Args...> format, Args&&... args) {
  log_warning(fmt::format(format, std::forward<Args>(args)...));
}

// The line at the bottom of the terminal that shows the progress of some work, redrawn in place. Whatever
// else is written to standard error in the meantime goes above it, so that the two do not mix. There is one
// terminal, hence one such line for the process; these functions may be called from any thread.

/// Draws `text` in place of what was drawn before, cut to the width of the terminal. Standard error must be
/// one.
void draw_status(std::string_view text);

/// Leaves what was drawn last where it is, and goes to the next line.
void end_status();

/// Writes whole lines to standard error, above the status line if there is one.
void write_above_status(std::string_view lines);

/// One line on a terminal that is redrawn in place: "align 41% 820k/2M tokens, 19.8k tokens/s, 59s left, loss
/// 0.0312". Draws at most ten times a second on a terminal, and one plain line every 30 seconds elsewhere.
/// Not thread-safe.
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
