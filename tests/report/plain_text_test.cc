#include "report/plain_text.h"

#include <gtest/gtest.h>

namespace radlads::report {
namespace {

TEST(CleanText, ValidUtf8StaysAsItIs) {
  const std::string text = "a\n\tb é 漢 🦊 \u00A0";
  EXPECT_EQ(clean_text(text), text);
  EXPECT_EQ(clean_text(""), "");
}

TEST(CleanText, BytesThatAreNoUtf8AreReplaced) {
  EXPECT_EQ(clean_text("a\xFF\x62"), "a\uFFFDb");
  EXPECT_EQ(clean_text("\x80"), "\uFFFD");
  EXPECT_EQ(clean_text("\xE6\xBC"), "\uFFFD");                            // cut off
  EXPECT_EQ(clean_text("\xE6\xBCz"), "\uFFFDz");                          // the next character is kept
  EXPECT_EQ(clean_text("\xC0\xAF"), "\uFFFD\uFFFD");                      // overlong
  EXPECT_EQ(clean_text("\xE0\x80\xAF"), "\uFFFD\uFFFD\uFFFD");            // overlong
  EXPECT_EQ(clean_text("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD");            // a surrogate
  EXPECT_EQ(clean_text("\xF4\x90\x80\x80"), "\uFFFD\uFFFD\uFFFD\uFFFD");  // above U+10FFFF
}

TEST(CleanText, ControlAndNoncharactersAreReplaced) {
  EXPECT_EQ(clean_text(std::string("a\0b", 3)), "a\uFFFDb");
  EXPECT_EQ(clean_text("\x1B[31m"), "\uFFFD[31m");
  EXPECT_EQ(clean_text("\x7F"), "\uFFFD");
  EXPECT_EQ(clean_text("\xC2\x85"), "\uFFFD");
  EXPECT_EQ(clean_text("\xEF\xBF\xBF"), "\uFFFD");
}

TEST(CleanText, LineEndsAreAlike) { EXPECT_EQ(clean_text("a\r\nb\rc\n\r"), "a\nb\nc\n\n"); }

TEST(OneLine, WhiteSpaceIsOneSpace) {
  EXPECT_EQ(one_line("  a \r\n\t b\n"), "a b");
  EXPECT_EQ(one_line("\n \t"), "");
}

TEST(Columns, WideCharactersTakeTwo) {
  EXPECT_EQ(columns("aé—"), 3);
  EXPECT_EQ(columns("漢字"), 4);
  EXPECT_EQ(columns("🦊"), 2);
}

TEST(FittingPrefix, EndsBetweenCharacters) {
  EXPECT_EQ(fitting_prefix("aé漢b", 2), "aé");
  EXPECT_EQ(fitting_prefix("aé漢b", 3), "aé");
  EXPECT_EQ(fitting_prefix("aé漢b", 4), "aé漢");
  EXPECT_EQ(fitting_prefix("aé漢b", 99), "aé漢b");
  EXPECT_EQ(fitting_prefix("a", 0), "");
}

}  // namespace
}  // namespace radlads::report
