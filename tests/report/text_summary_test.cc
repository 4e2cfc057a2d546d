#include <algorithm>
#include <limits>
#include <sstream>

#include <gtest/gtest.h>

#include "report/example_run.h"
#include "report/plain_text.h"

namespace radlads::report {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

void expect_fit_for_a_terminal(const RunReport& run) {
  const std::string text = text_summary(run);
  EXPECT_EQ(text, clean_text(text));
  EXPECT_LE(lines_of(text).size(), 25u);
  for (const std::string& line : lines_of(text)) {
    EXPECT_LE(columns(line), 100) << line;
    EXPECT_FALSE(line.ends_with(' ')) << line;
  }
}

TEST(TextSummary, HasTheFiguresAligned) {
  const std::string wanted =
      "Qwen2.5-7B-RWKV7: RAD-RWKV7 from Qwen2.5-7B-Instruct, 7.84B parameters\n"
      "\n"
      "Step      Tokens   Updates         Time   Tokens/s   First loss   Last loss         Unit\n"
      "align       100M     6,104   6 h 00 min      4,630        0.412      0.0251     distance\n"
      "distill     500M    10,173      1 d 5 h      4,630        1.703      0.0623   nats/token\n"
      "extend      101M        64   6 h 02 min      4,630        2.391       2.317   nats/token\n"
      "\n"
      "                                     Teacher    Student\n"
      "Nats per token                         2.315      2.381   +0.0662\n"
      "Perplexity                             10.12      10.81    1.068×\n"
      "Time per token at 1,000 tokens      61.40 ms   58.20 ms\n"
      "Time per token at 100,000 tokens    702.9 ms   58.30 ms\n"
      "Memory at 1,000 tokens             109.4 MiB   49.0 MiB\n"
      "Memory at 100,000 tokens            10.7 GiB   49.0 MiB\n"
      "\n"
      "KL(teacher ‖ student) 0.0623 nats/token, top-1 agreement 93.12%, over 98,304 tokens\n"
      "The teacher's cache is larger than the student's memory from 449 tokens on\n"
      "\n"
      "Prompt    The lighthouse keeper had not spoken to anyone for three weeks when\n"
      "Teacher   the boat came. He heard it before he saw it, a low knocking under the wind, and went down\n"
      "          to the rocks with the lamp. \"You are late,\" he said.\n"
      "Student   the boat came. He heard the engine first, somewhere behind the rain, and he stood in the\n"
      "          doorway with the lamp in his hand. \"You are early,\" he said.\n";
  EXPECT_EQ(text_summary(example_run()), wanted);
}

TEST(TextSummary, FitsATerminal) {
  expect_fit_for_a_terminal(example_run());
  expect_fit_for_a_terminal(pretrained_run());
  expect_fit_for_a_terminal({});
}

TEST(TextSummary, LongAndHostileTextsAreCut) {
  RunReport run = example_run();
  std::string wide;
  for (int i = 0; i < 200; ++i) wide += "漢字";
  run.student_name = wide;
  run.steps[0].name = run.steps[0].unit = "\x1B[31m\n" + wide;
  run.samples[0] = {wide, std::string(1000, 'x'), "one\ntwo\xFF " + wide};
  expect_fit_for_a_terminal(run);
  const std::vector<std::string> lines = lines_of(text_summary(run));
  EXPECT_TRUE(lines[0].ends_with("漢…"));
  EXPECT_EQ(columns(lines[0]), 99);  // half a character would not fit
  EXPECT_EQ(lines.back().rfind("          漢字", 0), 0u);
}

TEST(TextSummary, FiguresThatAreNotFiniteAreSaidInWords) {
  RunReport run = example_run();
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  run.comparison->kl_per_token = run.comparison->student_nats_per_token = kNaN;
  for (StepReport& step : run.steps) step.first_loss = step.last_loss = step.seconds = kNaN;
  expect_fit_for_a_terminal(run);
  const std::string text = text_summary(run);
  EXPECT_NE(text.find("KL(teacher ‖ student) not finite nats/token"), std::string::npos);
  EXPECT_EQ(text.find("nan"), std::string::npos);
}

TEST(TextSummary, WhatIsAbsentLeavesNothingBehind) {
  const std::string text = text_summary(pretrained_run());
  EXPECT_EQ(text.rfind("stories: softmax language model, 3.21M parameters\n\nStep", 0), 0u);
  EXPECT_EQ(text.find("eacher"), std::string::npos);
  EXPECT_NE(text.find("Model     there was a little fox.\n"), std::string::npos);

  RunReport run = example_run();
  run.comparison.reset();
  run.decode.clear();
  run.samples[0].student = " \n";
  const std::string without = text_summary(run);
  EXPECT_EQ(without.find("Perplexity"), std::string::npos);
  EXPECT_EQ(without.find("KL("), std::string::npos);
  EXPECT_NE(without.find("Student   (ended at once)\n"), std::string::npos);
}

ComparisonReport example_comparison() {
  ComparisonReport c = *example_run().comparison;
  c.layers = {{0, "rwkv7", 0.99812, 0.0613, 0.99961, 0.0282}, {10, "softmax", 1, 0, 0.9871, 0.1604}};
  return c;
}

TEST(ComparisonText, HasTotalsPositionsAndLayers) {
  EXPECT_EQ(
      comparison_text(example_comparison()),
      "                 Teacher   Student\n"
      "Nats per token     2.315     2.381   +0.0662\n"
      "Perplexity         10.12     10.81    1.068×\n"
      "\n"
      "KL(teacher ‖ student) 0.0623 nats/token, top-1 agreement 93.12%, over 98,304 tokens\n"
      "\n"
      "Position      Tokens        KL   Nats, teacher   student    Top-1\n"
      "0                200   0.00510           7.910     7.912   99.00%\n"
      "1                200    0.0310           4.120     4.151   94.50%\n"
      "2-3              400    0.0480           3.400     3.452   93.25%\n"
      "1,024-2,047   97,504    0.0625           2.290     2.357   93.11%\n"
      "\n"
      "Layer     Mixer   Mixer: error   cosine   Hidden: error   cosine\n"
      "0         rwkv7         0.0613   0.9981          0.0282   0.9996\n"
      "10      softmax              0   1.0000           0.160   0.9871\n"
      "\n"
      "Mixer: each mixer alone, fed with the teacher's activations. Hidden: the residual stream after the\n"
      "layer, each model on its own. Error: ||student - teacher|| / ||teacher||.\n");
}

TEST(ComparisonText, WhatIsAbsentLeavesNothingBehind) {
  ComparisonReport c = example_comparison();
  c.layers.clear();
  c.positions.clear();
  const std::string text = comparison_text(c);
  EXPECT_TRUE(text.ends_with("over 98,304 tokens\n\n")) << text;
}

TEST(ComparisonText, FiguresThatAreNotFiniteAreSaidInWords) {
  ComparisonReport c = example_comparison();
  c.layers[0].cosine = c.positions[1].kl = std::numeric_limits<double>::quiet_NaN();
  c.layers[1].relative_error = std::numeric_limits<double>::infinity();
  const std::string text = comparison_text(c);
  EXPECT_EQ(text.find("nan"), std::string::npos) << text;
  EXPECT_NE(text.find("not finite"), std::string::npos) << text;
  EXPECT_EQ(text, clean_text(text));
}

}  // namespace
}  // namespace radlads::report
