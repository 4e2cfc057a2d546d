#include "core/log.h"

#include <algorithm>
#include <cstdio>
#include <mutex>

#include <sys/ioctl.h>
#include <unistd.h>

#include "core/units.h"

namespace radlads {
namespace {

constexpr std::string_view kEraseLine = "\r\x1b[K";

struct Status {
  std::mutex mutex;
  std::string drawn;  // what is on the terminal now; empty: nothing
};

Status& status() {
  static Status instance;
  return instance;
}

void write(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stderr); }

/// One column fewer than there are, so that no terminal wraps by itself.
size_t columns() {
  winsize size = {};
  const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
  return known ? size.ws_col - 1u : 79u;
}

std::string rounded(double value) {
  if (value >= 1e9) return fmt::format("{:.3g}G", value / 1e9);
  if (value >= 1e6) return fmt::format("{:.3g}M", value / 1e6);
  if (value >= 1e3) return fmt::format("{:.3g}k", value / 1e3);
  return fmt::format("{:.3g}", value);
}

}  // namespace

void log_info(std::string_view message) { write_above_status(fmt::format("{}\n", message)); }

void log_warning(std::string_view message) { write_above_status(fmt::format("warning: {}\n", message)); }

void draw_status(std::string_view text) {
  Status& line = status();
  const std::lock_guard lock(line.mutex);
  line.drawn = text.substr(0, columns());
  write(kEraseLine);
  write(line.drawn);
  std::fflush(stderr);
}

void end_status() {
  Status& line = status();
  const std::lock_guard lock(line.mutex);
  if (!line.drawn.empty()) write("\n");
  line.drawn.clear();
  std::fflush(stderr);
}

void write_above_status(std::string_view lines) {
  Status& line = status();
  const std::lock_guard lock(line.mutex);
  if (!line.drawn.empty()) write(kEraseLine);
  write(lines);
  write(line.drawn);
  std::fflush(stderr);
}

Progress::Progress(std::string label, std::string unit, int64_t total, int64_t done)
    : label_(std::move(label)),
      unit_(std::move(unit)),
      total_(total),
      start_(done),
      terminal_(isatty(STDERR_FILENO) != 0),
      begin_(Clock::now()),
      last_(begin_) {}

Progress::~Progress() {
  if (last_line_.empty()) return;
  terminal_ ? end_status() : write_above_status(last_line_ + "\n");
}

void Progress::update(int64_t done, std::string_view note) {
  const auto now = Clock::now();
  const std::chrono::duration<double> since = now - last_;
  const bool due = since.count() >= (terminal_ ? 0.1 : 30.0);
  if (!due && done < total_) return;
  last_ = now;
  last_line_ = line(done, note);
  if (terminal_) {
    draw_status(last_line_);
  } else if (done < total_) {
    write_above_status(last_line_ + "\n");
  }
}

std::string Progress::line(int64_t done, std::string_view note) const {
  const double elapsed = std::chrono::duration<double>(Clock::now() - begin_).count();
  const double rate = static_cast<double>(done - start_) / std::max(elapsed, 1e-9);
  const double percent = total_ > 0 ? 100.0 * static_cast<double>(done) / static_cast<double>(total_) : 100.0;
  std::string text =
      fmt::format("{:<8} {:3.0f}%  {}/{} {}, {} {}/s", label_, percent, rounded(static_cast<double>(done)),
                  rounded(static_cast<double>(total_)), unit_, rounded(rate), unit_);
  if (done < total_ && rate > 0) {
    text += fmt::format(", {} left", format_duration(static_cast<double>(total_ - done) / rate));
  } else {
    text += fmt::format(", {}", format_duration(elapsed));
  }
  if (!note.empty()) text += fmt::format(", {}", note);
  return text;
}

}  // namespace radlads
