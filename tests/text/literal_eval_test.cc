#include "text/literal_eval.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace radlads::text {
namespace {

/// As JSON, "tuple" before it, or what is not supported; "none" if it is not a literal.
std::string shown(std::string_view text) {
  const auto literal = literal_eval(text);
  if (!literal) return "none";
  if (!literal->unsupported.empty()) return std::string(literal->unsupported);
  return (literal->is_tuple ? "tuple " : "") + literal->value.dump();
}

// What CPython 3.11 gives for each.
TEST(LiteralEval, ReadsListsTuplesAndStrings) {
  EXPECT_EQ(shown("['no', \"yes\"]"), R"(["no","yes"])");
  EXPECT_EQ(shown(R"(['it\'s', 'a\nb', '\x41\u00e9\101\d', "a" 'b'])"), R"(["it's","a\nb","AéA\\d","ab"])");
  EXPECT_EQ(shown(R"([r'\d', u'x', R"\"", """two
lines""", ''])"),
            R"(["\\d","x","\\\"","two\nlines",""])");
  EXPECT_EQ(shown("('a', 'b')"), R"(tuple ["a","b"])");
  EXPECT_EQ(shown("'a', 'b'"), R"(tuple ["a","b"])");
  EXPECT_EQ(shown("['a'],"), R"(tuple [["a"]])");
  EXPECT_EQ(shown("('a',)"), R"(tuple ["a"])");
  EXPECT_EQ(shown("('a')"), R"("a")");
  EXPECT_EQ(shown("()"), "tuple []");
  EXPECT_EQ(shown("[[], ['a', [None, True, False]]]"), R"([[],["a",[null,true,false]]])");
  EXPECT_EQ(shown("['é水']"), R"(["é水"])");
}

TEST(LiteralEval, ReadsNumbers) {
  EXPECT_EQ(shown("[1, -2, +3, 0, 00, 1_000, 0x1F, 0b11, 0o17]"), "[1,-2,3,0,0,1000,31,3,15]");
  EXPECT_EQ(shown("[1.5, -.5, 1., 1e3, 1_0.0_1, 012.5]"), "[1.5,-0.5,1.0,1000.0,10.01,12.5]");
  EXPECT_EQ(shown("[18446744073709551615, -9223372036854775808]"),
            "[18446744073709551615,-9223372036854775808]");
  EXPECT_EQ(shown("[18446744073709551616]"), "an integer of more than 64 bits");
  EXPECT_EQ(shown("[-9223372036854775809]"), "an integer of more than 64 bits");
  for (const char* text : {"[01]", "[1__0]", "[1_]", "[1 2]", "[0x]", "[1x]", "[--1]", "[-True]", "[-'a']"})
    EXPECT_EQ(shown(text), "none") << text;
}

TEST(LiteralEval, SkipsWhiteSpaceAndComments) {
  for (const char* text : {" \t['a']", "['a'] \n", "\n['a']\n\n", "['a'] # b", "# b\n['a']",
                           "[ 'a' # b\n,\n]", "['a'\\\n]", "[\r\n'a'\r\n]", "['a']\n  # b\n"})
    EXPECT_EQ(shown(text), R"(["a"])") << text;
  for (const char* text :
       {"\n ['a']", "['a']\n['b']", "['a'] 'b'", "['a'] ]", "'a\n'", "['a']\\\n", "", " ", "# a", ","})
    EXPECT_EQ(shown(text), "none") << text;
  EXPECT_EQ(shown(std::string_view("['a\0']", 6)), "none");
}

TEST(LiteralEval, CalculatesNothing) {
  for (const char* text : {"[0, 1/2]",
                           "[1+1]",
                           "[x]",
                           "[true, false]",
                           "[none]",
                           "['a'] + ['b']",
                           "['a'][0]",
                           "['a' * 3]",
                           "[f'a']",
                           "['a'|upper]",
                           "[1 if 1 else 2]",
                           "[().a]",
                           "[a",
                           "a]",
                           "['a)",
                           "[}",
                           "[,]",
                           "[1,,2]",
                           "['a' b'c']",
                           "[1] or [2]",
                           "[b]",
                           "[*[1]]",
                           "[ur'a']",
                           "['\\x4']",
                           "['\\N{no such}']",
                           "[lambda: 1]",
                           "{**{}}"})
    EXPECT_EQ(shown(text), "none") << text;
}

TEST(LiteralEval, NamesWhatJsonCannotHold) {
  EXPECT_EQ(shown("[{1}]"), "a set");
  EXPECT_EQ(shown("[set()]"), "a set");
  EXPECT_EQ(shown("{'a': [1], 'b': 2,}"), "a dict");
  EXPECT_EQ(shown("[{}]"), "a dict");
  EXPECT_EQ(shown("[b'a' rb'b']"), "bytes");
  EXPECT_EQ(shown("[...]"), "an ellipsis");
  EXPECT_EQ(shown("[1 + 2j]"), "a complex number");
  EXPECT_EQ(shown("[-3J]"), "a complex number");
  EXPECT_EQ(shown("[(1, 2)]"), "a tuple in another value");
  EXPECT_EQ(shown("[{1}, 1/2]"), "none") << "it is no literal at all";
}

TEST(LiteralEval, NestsAsDeepAsPython) {
  const auto nested = [](size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_NE(shown(nested(200)), "none");
  EXPECT_EQ(shown(nested(201)), "none");
  EXPECT_EQ(shown(std::string(100000, '[')), "none");
}

}  // namespace
}  // namespace radlads::text
