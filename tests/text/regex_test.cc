#include "text/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <optional>
#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>
#include <pcre2.h>

#include "core/error.h"
#include "core/random.h"
#include "core/utf8.h"
#include "io/printable.h"
#include "text/oniguruma.h"
#include "text/pcre2_dialect.h"
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

TEST(Regex, EmptyMatchesAreFoundButNotRightAfterAMatch) {
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
  EXPECT_EQ(shown, "a\u200B中\U00020000\U000104A0\uA000z");
  EXPECT_EQ(shown.size(), text.size());
}

TEST(Regex, MalformedPatternsAreRefused) {
  for (const char* pattern : {"(", "[a", "*", "(?<n", "\\p{Nothing}"})
    EXPECT_THROW(Regex{pattern}, std::invalid_argument) << pattern;
}

// As Oniguruma reads it, whatever PCRE2 would make of it.
TEST(Regex, PatternsOfOnigurumaAlone) {
  EXPECT_EQ(matches(R"(\w+|[^\w\s]+)", "e\u0301a_1-! b"), (Texts{"e\u0301a_1", "-!", "b"}));
  EXPECT_EQ(matches(R"(\h+)", "xfaceq"), (Texts{"face"})) << "hexadecimal digits";
  EXPECT_EQ(matches(R"(\p{Han}+)", "ab中文か"), (Texts{"中文"}));
  EXPECT_EQ(matches(R"(\p{Han}+)", "a\U00031350"), (Texts{"\U00031350"}));
  EXPECT_EQ(matches("[[:punct:]]+", "a<-。a€"), (Texts{"<-。", "€"})) << "symbols are punctuation";
  EXPECT_EQ(matches("[[:^punct:]]+", "a<b"), (Texts{"a", "b"}));
  EXPECT_EQ(matches("[a-c&&[^b]]+", "abcca"), (Texts{"a", "cca"}));
  EXPECT_EQ(matches("a{1,2}+", "aaaaa"), (Texts{"aaaaa"})) << "not possessive";
  EXPECT_EQ(matches("(?i)ab|c", "ABC"), (Texts{"AB", "C"}));
  EXPECT_EQ(matches("(?i:straße)", "STRASSE"), (Texts{"STRASSE"}));
  EXPECT_EQ(matches("(?m:a.b)", "a\nb"), (Texts{"a\nb"})) << "the dot matches line breaks";
  EXPECT_EQ(matches("(?<=a+)b", "aab"), (Texts{"b"})) << "look-behind of any length";
}

TEST(Pcre2Dialect, HoldsOnlyWhatBothReadAlike) {
  for (const char* pattern :
       {R"(\w+)", R"([\W])", R"(\h)",       R"(\b)",   R"(\p{Han})", R"(\p{Alpha})", R"(\pL)",
        "[a[b]]", "[a&&b]",  "[[:alpha:]]", "(?m:.)",  "(?i)a",      "a{1,2}+",      "(*UCP)a",
        "(?~a)",  "[]a]",    "(?(1)a)",     "(?i:ss)", "(?i:é)",     "(?i:ST)",      "\\"}) {
    EXPECT_FALSE(pcre2_reads_as_oniguruma(pattern)) << pattern;
  }
  for (const char* pattern :
       {R"(\p{L}+|[^\s\p{^Lu}]\d{1,3})", R"([\[\]&]|\\w)", "(?i:a)(?:b)(?=c)(?!d)(?<=e)(?<!f)(?>g)",
        R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+)",
        R"([!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+)"}) {
    EXPECT_TRUE(pcre2_reads_as_oniguruma(pattern)) << pattern;
  }
}

// Random patterns of the common dialect, on random texts: both find the same.
TEST(Pcre2Dialect, BothEnginesFindTheSame) {
  const std::string_view atoms[] = {"a",          "b",       "é",       "\\s",    "\\S",    "\\d",
                                    "\\p{L}",     "\\p{^N}", ".",       "[^ab]",  "[a-b1]", "\\r",
                                    "(?i:'s|ve)", "(?=a)",   "(?!\\S)", "(?<=b)", "^",      "$",
                                    "(?:a|b)",    "(?>a*)",  "[\\s1]",  "(?<!a)", "中",     "[^\\s\\p{L}]"};
  const std::string_view counts[] = {"", "", "", "*", "+", "?", "{1,3}", "+?", "*?", "{2}", "{2,}"};
  const std::string_view pieces[] = {"a",  "b",  "1",  " ",      "\n", "\r", "é",
                                     "'S", "ve", "中", "\u3000", "-",  "ſ"};
  Random random(1, Random::stream_of("patterns"));
  const auto draw = [&](const auto& list) { return list[random.below(std::size(list))]; };
  int num_compared = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string pattern, text;
    for (uint64_t i = random.below(5) + 1; i > 0; --i) {
      pattern += draw(atoms);
      pattern += draw(counts);
      if (random.below(4) == 0) pattern += '|';
    }
    for (uint64_t i = random.below(12); i > 0; --i) text += draw(pieces);
    if (!pcre2_reads_as_oniguruma(pattern)) continue;
    std::optional<Pcre2Program> fast;
    std::optional<OnigProgram> slow;
    try {
      slow.emplace(pattern);
      fast.emplace(pattern, PCRE2_MULTILINE, 100'000);
    } catch (const std::invalid_argument&) {  // what one of them refuses is never compared
      continue;
    }
    Pcre2Search fast_search(*fast);
    OnigSearch slow_search(*slow, text);
    for (size_t start = 0; start <= text.size();
         start += start < text.size() ? utf8_length(text[start]) : 1) {
      Range match;
      const bool is_found = slow_search.find(start, match);
      ASSERT_EQ(fast_search.find(text, start), is_found) << pattern << " in " << text << " from " << start;
      if (!is_found) break;
      EXPECT_EQ(fast_search.group(0)->begin, match.begin) << pattern << " in " << text << " from " << start;
      EXPECT_EQ(fast_search.group(0)->end, match.end) << pattern << " in " << text << " from " << start;
      ++num_compared;
    }
  }
  EXPECT_GT(num_compared, 5000);
}

TEST(Regex, PatternsThatBacktrackWithoutEndAreRefused) {
  for (const char* pattern : {"(?:a|aa)+[bc]", "(?i)(?:a|aa)+[bc]"}) {
    const std::string text(300, 'a');
    try {
      matches(pattern, text);
      FAIL() << pattern;
    } catch (const UserError& error) {
      EXPECT_EQ(std::string(error.what()),
                "[encode] the tokenizer's pattern " + in_quotes(pattern) +
                    " backtracks too often on a text of 300 bytes: it cannot be used here");
    }
  }
}

// The limit counts all searches in a text, and grows with it.
TEST(Regex, TheLimitOfStepsGrowsWithTheText) {
  const std::string run(3000, ' '), line = run + "x";
  std::string text;
  for (int i = 0; i < 300; ++i) text += line;
  EXPECT_EQ(matches(R"(\s*[\r\n]+|x)", line).size(), 1u);
  EXPECT_EQ(matches(R"(\s*[\r\n]+|\s+(?!\S)|\s+|x)", text).size(), 900u);
}

TEST(Regex, LongTextsNeitherExhaustTheStackNorALimit) {
  const std::string spaces(2'000'000, ' ');
  EXPECT_EQ(matches(R"(\s*[\r\n]+|\s+(?!\S)|\s+)", spaces).size(), 1u);
  // Each round of the group is a frame.
  EXPECT_EQ(matches("(?:a|b)*c", std::string(300'000, 'a') + "c").size(), 1u);
}

}  // namespace
}  // namespace radlads::text
