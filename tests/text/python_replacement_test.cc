#include <stdexcept>

#include <gtest/gtest.h>

#include "core/error.h"
#include "text/python_regex.h"

namespace radlads::text {
namespace {

std::string sub(const std::string& pattern, std::string_view replacement, std::string_view text,
                int64_t count = 0) {
  std::string result;
  PythonRegex(pattern).substitute(text, replacement, count, [&](std::string_view piece) { result += piece; });
  return result;
}

std::string refusal(const std::string& pattern, std::string_view replacement, std::string_view text = "aaa") {
  try {
    sub(pattern, replacement, text);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return {};
}

// The right sides are those of Python 3.11's re.sub.
TEST(PythonReplacement, Substitutes) {
  EXPECT_EQ(sub("[0-9]+", "#", "a12b3"), "a#b#");
  EXPECT_EQ(sub("a", "b", "aaa", 2), "bba");
  EXPECT_EQ(sub(R"(\[.*?\])", "", "x [a] y [b]"), "x  y ");
  EXPECT_EQ(sub(R"((\w+) (\w+))", R"(\2 \1)", "née Ünal"), "Ünal née");
  EXPECT_EQ(sub(R"((?P<first>a)(b)?)", R"(<\g<first>\g<2>\g<0>>)", "ab a"), "<abab> <aa>");
  EXPECT_EQ(sub("^b", "x", "a\nb"), "a\nb");
  EXPECT_EQ(sub("(?m)^b$", "x", "a\nb\nb"), "a\nx\nx");
  EXPECT_EQ(sub("(?is)A.B", "x", "a\nb"), "x");
  EXPECT_EQ(sub(R"(\.)", R"(\n\\)", "a.b"), "a\n\\b");
  EXPECT_EQ(sub(R"(a(?=b)|(?<=b)a)", "-", "aba"), "-b-");
}

TEST(PythonReplacement, EmptyMatchesMayFollowAMatch) {
  EXPECT_EQ(sub("x*", "-", "abxd"), "-a-b--d-");
  EXPECT_EQ(sub("", "-", "é日"), "-é-日-");
  EXPECT_EQ(sub("b|", "-", "abc"), "-a--c-");
  EXPECT_EQ(sub("x*", "-", ""), "-");
}

TEST(PythonReplacement, RefusesMalformedReplacements) {
  EXPECT_EQ(refusal("a", R"(\1)"), "the pattern has no group 1");
  EXPECT_EQ(refusal("a", R"(\g<n>)"), "the pattern has no group n");
  EXPECT_EQ(refusal("a", R"(\g<1)"), "the replacement has a malformed \\g");
  EXPECT_EQ(refusal("a", R"(\g)"), "the replacement has a malformed \\g");
  EXPECT_EQ(refusal("a", R"(\q)"), "the replacement has the unknown escape \\q");
  EXPECT_EQ(refusal("a", "\\"), "the replacement ends in a backslash");
  EXPECT_EQ(refusal("a", R"(\0)"), "the replacement has an octal escape, which is not supported");
  EXPECT_EQ(refusal("(", ""), "malformed pattern: missing closing parenthesis");
}

TEST(PythonReplacement, StopsWherePatternsBacktrackWithoutEnd) {
  EXPECT_THROW(sub("(a+)+$", "", std::string(40, 'a') + "b"), UserError);
}

}  // namespace
}  // namespace radlads::text
