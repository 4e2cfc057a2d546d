#include <limits>

#include <gtest/gtest.h>

#include "report/example_run.h"
#include "report/plain_text.h"

namespace radlads::report {
namespace {

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
