
#include "core/log.h"

#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <pty.h>
#include <unistd.h>

namespace radlads {
namespace {

/// Standard error is a terminal of this many columns while this exists.
class Terminal {
 public:
  explicit Terminal(unsigned short columns) : before_(dup(STDERR_FILENO)) {
    const winsize size = {.ws_row = 24, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
    int screen = -1, keyboard = -1;
    EXPECT_EQ(openpty(&screen, &keyboard, nullptr, nullptr, &size), 0);
    dup2(keyboard, STDERR_FILENO);
    close(keyboard);
    reader_ = std::thread([this, screen] {
      char buffer[4096];
      for (ssize_t n = 0; (n = read(screen, buffer, sizeof buffer)) > 0;) bytes_.append(buffer, n);
      close(screen);
    });
  }

  /// The lines on the screen at the end.
  std::vector<std::string> lines() {
    std::fflush(stderr);
    dup2(before_, STDERR_FILENO);  // closes the terminal
    close(before_);
    reader_.join();
    std::vector<std::string> lines(1);
    size_t column = 0;
    for (size_t i = 0; i < bytes_.size(); ++i) {
      std::string& line = lines.back();
      if (bytes_[i] == '\r') {
        column = 0;
      } else if (bytes_[i] == '\n') {
        lines.emplace_back();
      } else if (bytes_.compare(i, 3, "\x1b[K") == 0) {
        line.resize(column);
        i += 2;
      } else {
        line.resize(std::max(line.size(), column + 1), ' ');
        line[column++] = bytes_[i];
      }
    }
    EXPECT_EQ(lines.back(), "") << "the last line is not ended";
    lines.pop_back();
    return lines;
  }

 private:
  int before_;
  std::string bytes_;
  std::thread reader_;
};

/// The first word of each line.
std::vector<std::string> words(const std::vector<std::string>& lines) {
  std::vector<std::string> words;
  for (const std::string& line : lines) words.push_back(line.substr(0, line.find(' ')));
  return words;
}

TEST(Progress, MessagesStandAboveTheLine) {
  Terminal terminal(120);
  {
    Progress progress("align", "tokens", 100);
    progress.update(100, "a note that makes the line long");
    info("short");
    warn("of another length");
    progress.update(100);
  }
  const std::vector<std::string> lines = terminal.lines();
  ASSERT_EQ(words(lines), (std::vector<std::string>{"short", "warning:", "align"}));
  EXPECT_EQ(lines[0], "short");
  EXPECT_EQ(lines[1], "warning: of another length");
  EXPECT_EQ(lines[2].find("note"), std::string::npos) << "a shorter line leaves nothing of the longer one";
}

TEST(Progress, TheLineIsNoWiderThanTheTerminal) {
  Terminal terminal(30);
  { Progress("distill", "tokens", 100).update(100, "loss 1.2345, and more than fits"); }
  const std::vector<std::string> lines = terminal.lines();
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].size(), 29u);
}

TEST(Progress, AfterItsEndMessagesStandAlone) {
  Terminal terminal(120);
  { Progress("align", "tokens", 1).update(1); }
  info("done");
  EXPECT_EQ(words(terminal.lines()), (std::vector<std::string>{"align", "done"}));
}

TEST(Progress, WithoutATerminalItsLinesArePlain) {
  testing::internal::CaptureStderr();
  {
    Progress progress("align", "tokens", 100);
    progress.update(100);
    info("message");
  }
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_EQ(text.find_first_of("\r\x1b"), std::string::npos) << text;
  EXPECT_TRUE(text.starts_with("message\nalign ")) << text;
}

}  // namespace
}  // namespace radlads
