#include "text/regex.h"

#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

#include "core/utf8.h"
#include "text/oniguruma.h"
#include "text/stand_ins.h"
#include "text/unicode.h"

namespace radlads::text {
namespace {

std::vector<std::string> matches(const std::string& pattern, std::string_view text) {
  const Regex regex(pattern);
  RegexScan scan(regex, text);
  std::vector<std::string> found;
  for (Range match; scan.next(match);) found.emplace_back(text.substr(match.begin, match.end - match.begin));
  return found;
}

using Texts = std::vector<std::string>;

TEST(Regex, TheFirstAlternativeWins) { EXPECT_EQ(matches("a|ab|c", "abc"), (Texts{"a", "c"})); }

TEST(Regex, CaseIsFoldedByUnicode) {
  EXPECT_EQ(matches("(?i:'s|'ve)", "x'ſ 'S 'VE 'x"), (Texts{"'ſ", "'S", "'VE"}));
  EXPECT_EQ(matches("'s", "'ſ'S's"), (Texts{"'s"}));
}

TEST(Regex, LookAhead) { EXPECT_EQ(matches(R"(\s+(?!\S)|\s+)", "a   b "), (Texts{"  ", " ", " "})); }

TEST(Regex, EmptyMatchesAreFoundButNotBehindAMatch) {
  EXPECT_EQ(matches("x*", "axé"), (Texts{"", "x", ""}));
  EXPECT_EQ(matches("^", "a\nb"), (Texts{"", ""}));
}

// Every character of White_Space and no other; in and out of a set.
TEST(Regex, WhiteSpaceIsThatOfUnicode) {
  std::string all, spaces;
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    if (c >= 0xD800 && c < 0xE000) continue;
    append_utf8(c, all);
    if (is_white_space(c)) append_utf8(c, spaces);
  }
  for (const char* pattern : {R"(\s)", R"([\s])", R"([^\S])"}) {
    std::string found;
    for (const std::string& match : matches(pattern, all)) found += match;
    EXPECT_EQ(found, spaces) << pattern;
  }
}

// U+1E4D0 is a letter since Unicode 15, U+1CCF0 a digit since Unicode 16.
TEST(Regex, LettersAndNumbersAreThoseOfUnicode16) {
  EXPECT_EQ(matches(R"(\p{L}+|\p{N}+|[^\p{L}\p{N}]+)",
                    "a\U0001E4D0\U0001CCF0"
                    "1\U0001E4D0-"),
            (Texts{"a\U0001E4D0",
                   "\U0001CCF0"
                   "1",
                   "\U0001E4D0", "-"}));
}

TEST(StandIns, KeepOffsetsAndOtherText) {
  std::string storage;
  const std::string plain = "abc é 中 😀";
  EXPECT_EQ(with_stand_ins(plain, storage).data(), plain.data());
  const std::string text = "a\u180E中\U00031350\U0001E4F0\u1C89z";
  const std::string shown(with_stand_ins(text, storage));
  EXPECT_EQ(shown, "a\u200B中\U00010000\U000104A0\uA000z");
  EXPECT_EQ(shown.size(), text.size());
}

TEST(Regex, MalformedPatternsAreRefused) {
  for (const char* pattern : {"(", "[a", "a{2,1}", "*"})
    EXPECT_THROW(Regex{pattern}, std::invalid_argument) << pattern;
}

TEST(Oniguruma, WhatPcre2ReadsInAnotherSenseIsRefused) {
  for (const char* pattern :
       {R"(\w+)", R"([\W])", R"(\h)", R"(\b)", R"(\p{Han})", R"(\p{Alpha})", R"(\pL)", "[a[b]]", "[a&&b]",
        "[[:alpha:]]", "(?m:.)", "(?i)a", "a{1,2}+", "(*UCP)a", "(?~a)", "[]a]", "(?(1)a)"}) {
    EXPECT_TRUE(unsupported_construct(pattern)) << pattern;
  }
  for (const char* pattern :
       {R"(\p{L}+|[^\s\p{^Lu}]\d{1,3})", R"([\[\]&]|\\w)", "(?i:a)(?:b)(?=c)(?!d)(?<=e)(?<!f)(?>g)",
        R"([^\r\n\p{L}\p{N}]?\p{L}+)", R"([!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+)"}) {
    EXPECT_EQ(unsupported_construct(pattern), std::nullopt) << pattern;
  }
}

TEST(Regex, LongTextsNeitherExhaustTheStackNorALimit) {
  const std::string spaces(2'000'000, ' ');
  EXPECT_EQ(matches(R"(\s*[\r\n]+|\s+(?!\S)|\s+)", spaces).size(), 1u);
  // Each round of the group is a frame.
  EXPECT_EQ(matches("(?:a|b)*c", std::string(300'000, 'a') + "c").size(), 1u);
}

}  // namespace
}  // namespace radlads::text
