#include "text/python_regex.h"

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "core/utf8.h"

namespace radlads::text {
namespace {

struct Case {
  const char* pattern;
  const char* text;
  const char* found;
};

// "".join("<%s>" % "|".join("None" if g is None else g for g in (m[0], *m.groups())) for m in
// re.finditer(pattern, text)), printed by CPython 3.11.
const Case kCases[] = {
    {R"re(#### (\-?[0-9\.\,]+))re", "so #### 1,234.5\n#### -7", "<#### 1,234.5|1,234.5><#### -7|-7>"},
    {"(-?[$0-9.,]{2,})|(-?[0-9]+)", "He has $1,200.50 and 3 cats, -12.",
     "<$1,200.50|$1,200.50|None><3|None|3><-12.|-12.|None>"},
    {R"re((\([A-Z]\)))re", "(A) or (B)?", "<(A)|(A)><(B)|(B)>"},
    {R"re(\b(Yes|No|yes|no)\b)re", "Yes, know no_no nö no\u0301 no.", "<Yes|Yes><no|no><no|no>"},
    {R"re(^\s*([A-D]))re", "\n \034\u3000 B\nC", "<\n \034\u3000 B|B>"},
    {R"re(^(.*?)\s*$)re", "one line \037 \n", "<one line \037 \n|one line>"},
    {R"re(^(.*?)(?=\n|$))re", "one\ntwo", "<one|one>"},
    {"(?<=[answer is ])[A-D]", "answer is C, D", "<C><D>"},
    {"(?=(female|woman|man|male))", "a woman, a male", "<|woman><|man><|male>"},
    {"((?<=The answer is )(.*)(?=.)|(?<=the answer is )(.*)(?=.))", "The answer is yes. the answer is no.",
     "<yes. the answer is no|yes. the answer is no|yes. the answer is no|None>"},
    {"(?s).*#### ", "a\nb #### c #### 5", "<a\nb #### c #### >"},
    {".*", "ab\ncd", "<ab><><cd><>"},
    {"x*", "axéx", "<><x><><x><>"},
    {"a|b*", "abb", "<a><bb><>"},
    {"(a)|(b)|(?P<c>c)", "cab", "<c|None|None|c><a|a|None|None><b|None|b|None>"},
    {R"re((?P<q>['\"]).*?(?P=q))re", "'a\" 'b\"c\"", "<'a\" '|'><\"c\"|\">"},
    {R"re((\w)\1)re", "aabbçç11__", "<aa|a><bb|b><çç|ç><11|1><__|_>"},
    {R"re((a)(b)(c)(d)(e)(f)(g)(h)(i)(j)\10)re", "abcdefghijj", "<abcdefghijj|a|b|c|d|e|f|g|h|i|j>"},
    {"$", "a\n", "<><>"},
    {R"(\Z)", "a\n", "<>"},
    {R"(a\Z)", "a\na", "<a>"},
    {"(?m)^", "a\nb\n", "<><><>"},
    {"(?m)$", "a\nb\n", "<><><>"},
    {"(?i)straße|É", "STRASSE STRAßE é", "<STRAßE><é>"},
    {"(?i:a)b", "Ab aB", "<Ab>"},
    {"(?s:.)(?-s:.)", "\na\n\n", "<\na>"},
    {".", "\r\u2028\302\205\n", "<\r><\u2028><\302\205>"},
    {R"(\w+)", "a_1é中\u00B2\u2167\u0663\u0301x-\u200D", "<a_1é中\u00B2\u2167\u0663><x>"},
    {R"(\d+)", "12\u0663\u096A\u00B2", "<12\u0663\u096A>"},
    {R"(\s)", "\t\n\013\014\r\034\037 \302\205\302\240\u180E\u200B\u2028\u3000",
     "<\t><\n><\013><\014><\r><\034><\037>< ><\302\205><\302\240><\u2028><\u3000>"},
    {R"([^\S\n]+)", "a \n\035\u3000\t", "< ><\035\u3000\t>"},
    {R"([\s\d-]+)", "a 1-\036", "< 1-\036>"},
    {"[]a]+|[^]b]", "]a[b]", "<]a><[><]>"},
    {"[[:alpha:]]", "a:]x]", "<:]>"},
    {"a{,2}b", "aaab b", "<aab><b>"},
    {"a{2}|{b{,}", "aaa{bb{", "<aa><{bb><{>"},
    {"a{x}|b{}|c{1,x}", "a{x}b{}c{1,x}", "<a{x}><b{}><c{1,x}>"},
    {"(?:ab){1,}?", "ababab", "<ab><ab><ab>"},
    {R"(\x41\u00e9\U0001F600\t\v)", "Aé😀\t\013", "<Aé😀\t\013>"},
    {R"([\x41-\x43\b])", "ABCD\010", "<A><B><C><\010>"},
    {R"(\.\-\ \"\#\é)", ". - . .- \"#é", "<.- \"#é>"},
    {"(?:(a)|b)*", "abb", "<abb|a><|None>"},
    {"(?!x)(?<!y)z", "yz z", "<z>"},
    {R"(\B)", "ab c", "<>"},
    {R"(\B)", "", ""},
    {"[:a:]+|[=.]|[^:]", ":a=b", "<:a><=><b>"},
    {"(a)?b{1}(c)*", "bcc", "<bcc|None|c>"},
    {R"re(答案是 \(?([ABCDEFGHIJ])\)?)re", "答案是 (C)。答案是 D", "<答案是 (C)|C><答案是 D|D>"}};

std::string found_in(const PythonRegex& regex, std::string_view text) {
  std::string found;
  for (const PythonRegex::Match& match : regex.matches(text)) {
    std::string_view separator = "<";
    for (const std::optional<Range>& group : match) {
      found += separator;
      found += group ? text.substr(group->begin, group->end - group->begin) : "None";
      separator = "|";
    }
    found += ">";
  }
  return found;
}

TEST(PythonRegex, FindsWhatPythonFinds) {
  for (const auto& [pattern, text, found] : kCases)
    EXPECT_EQ(found_in(PythonRegex(pattern), text), found) << pattern;
}

// re.sub(pattern, "", text)
TEST(PythonRegex, RemovesMatches) {
  EXPECT_EQ(PythonRegex(R"(\.$)").remove_from("a. b."), "a. b");
  EXPECT_EQ(PythonRegex(R"(\.$)").remove_from("a. b.\n"), "a. b\n");
  EXPECT_EQ(PythonRegex("(?s).*#### ").remove_from("a\n#### 1 #### 2"), "2");
  EXPECT_EQ(PythonRegex("x*").remove_from("axéxx"), "aé");
  EXPECT_EQ(PythonRegex(",").remove_from(""), "");
}

// sum(1 for c in range(0x110000) if re.match(pattern, chr(c))), but for the surrogates
TEST(PythonRegex, ClassesAreThoseOfPython) {
  std::string all;
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    if (c < 0xD800 || c >= 0xE000) append_utf8(c, all);
  }
  const std::pair<const char*, size_t> counts[] = {
      {R"(\s)", 29},     {R"(\S)", 1112035}, {R"([\s])", 29}, {R"([^\s])", 1112035}, {R"([\S])", 1112035},
      {R"(\w)", 133548}, {R"(\W)", 978516},  {R"(\d)", 660},  {".", 1112063}};
  for (const auto& [pattern, count] : counts) {
    EXPECT_EQ(PythonRegex(pattern).matches(all).size(), count) << pattern;
  }
}

TEST(PythonRegex, WhatIsNotSupportedIsRefusedByName) {
  const auto refusal = [](const char* pattern) -> std::string {
    try {
      PythonRegex{pattern};
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return {};
  };
  EXPECT_EQ(refusal(R"(a\h)"), R"(the pattern uses \h, which is not supported)");
  EXPECT_EQ(refusal("(*UCP)a"), "the pattern uses a verb (*...), which is not supported");
  EXPECT_EQ(refusal("(a"), "malformed pattern: missing closing parenthesis");
  for (const char* pattern : {R"(\p{L})", R"(\N{DIGIT ONE})", R"(\0)", R"(\101)", R"([\1])", R"(\x4)",
                              R"(\u12)", R"([\w-z])", "(?x)a b", "(?a)a", "a(?i)b", "(?#no)a", "(?(1)a)",
                              "(?<n>a)", "(?R)", "(?|a)", "(?>a)", "a*+", "a{,2}+"}) {
    EXPECT_NE(refusal(pattern).find("which is not supported"), std::string::npos) << pattern;
  }
  for (const char* pattern : {"[a", "a{2,1}", "*", R"((a)\2)", R"(\)"}) {
    EXPECT_NE(refusal(pattern).find("malformed pattern"), std::string::npos) << pattern;
  }
}

TEST(PythonRegex, LongTextsNeitherExhaustTheStackNorALimit) {
  EXPECT_EQ(PythonRegex("(?:a|b)*c").matches(std::string(300'000, 'a') + "c").size(), 1u);
}

}  // namespace
}  // namespace radlads::text
