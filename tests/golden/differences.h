// Compares the lines of a golden .jsonl file with what was computed, and keeps what differs, with the place.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "golden/result.h"

namespace radlads {

class Differences {
 public:
  explicit Differences(std::string file) : file_(std::move(file)) {}

  void next_line() { ++line_; }

  template <class T>
  void compare(const char* what, const T& got, const T& wanted) {
    if (got == wanted) return;
    ++count_;
    if (messages_.size() >= kMaxMessages) return;
    messages_.push_back(fmt::format("{}:{}: {}: got {}, wanted {}", file_, line_, what,
                                    nlohmann::json(got).dump(), nlohmann::json(wanted).dump()));
  }

  /// One case: failed if a line differed, or if there was none.
  GoldenResult result() && {
    if (line_ == 0) messages_.push_back(file_ + ": no lines");
    const bool failed = count_ > 0 || line_ == 0;
    return {.passed = !failed, .failed = failed, .messages = std::move(messages_)};
  }

 private:
  static constexpr size_t kMaxMessages = 5;

  std::string file_;
  int line_ = 0, count_ = 0;
  std::vector<std::string> messages_;
};

}  // namespace radlads
