#include "core/status_line.h"

#include <cstdio>
#include <mutex>
#include <string>

#include <sys/ioctl.h>
#include <unistd.h>

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

}  // namespace

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

}  // namespace radlads
