#include "eval/string_match.h"

#include <vector>

#include <gtest/gtest.h>

namespace radlads::eval {
namespace {

TEST(StringMatch, IsTheShareThatTheAnswerContains) {
  const std::vector<std::string> two = {"1234567", "XYZ"};
  EXPECT_EQ(string_match(" 1234567 and xyz.", two), 1);
  EXPECT_EQ(string_match("The first is 1234567, I think", two), 0.5);
  EXPECT_EQ(string_match("123456", two), 0);
  EXPECT_EQ(string_match("", two), 0);
  EXPECT_EQ(string_match("ÄPFEL", std::vector<std::string>{"äpfel"}), 1);
}

}  // namespace
}  // namespace radlads::eval
