// A conversion of a few seconds, run as a user runs it.
#pragma once

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "io/file.h"
#include "support/program.h"
#include "support/teacher.h"
#include "support/temp_folder.h"

namespace radlads {

class ConversionTest : public testing::Test {
 protected:
  ConversionTest() {
    std::string text;
    for (int i = 0; i < 60; ++i) {
      text +=
          "Once upon a time there was a cat called number " + std::to_string(i) + ". It ran.<|endoftext|>\n";
    }
    write_text_file(folder_.path() / "text.txt", text);
    write_tiny_model(folder_.path() / "teacher", tiny_config());
  }

  std::filesystem::path path(const std::string& name) const { return folder_.path() / name; }

  /// The whole lines of a run's log so far. Each has the time of its update, so two runs never write the
  /// same.
  std::vector<std::string> log_of(const std::string& student) const {
    std::ifstream file(path(student + ".run/log.jsonl"));
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line) && !file.eof();) lines.push_back(line);
    return lines;
  }

  /// A conversion of a few seconds.
  std::vector<std::string> command(const std::string& student,
                                   const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {"convert",
                                          path("teacher"),
                                          path(student),
                                          "--mixer",
                                          "rwkv7",
                                          "--data",
                                          path("text.txt"),
                                          "--align.tokens",
                                          "1024",
                                          "--align.context",
                                          "16",
                                          "--align.batch",
                                          "2",
                                          "--distill.tokens",
                                          "1024",
                                          "--distill.context",
                                          "16",
                                          "--distill.batch",
                                          "2",
                                          "--extend.tokens",
                                          "0",
                                          "--checkpoint_every",
                                          "5",
                                          "--dtype",
                                          "float32",
                                          "--eval.documents",
                                          "5",
                                          "--eval.speed",
                                          "false"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }

  static void expect_refusal(const ProgramResult& result, const std::vector<std::string>& words) {
    EXPECT_EQ(result.status, 1);
    EXPECT_EQ(std::count(result.errors.begin(), result.errors.end(), '\n'), 1) << result.errors;
    for (const std::string& word : words) {
      EXPECT_NE(result.errors.find(word), std::string::npos) << word << ": " << result.errors;
    }
  }

  TempFolder folder_;
};

}  // namespace radlads
