#include "text/normalizer.h"

#include <gtest/gtest.h>

#include "text/toy_tokenizer.h"

namespace radlads::text {
namespace {

std::string normalized(const char* component, const std::string& text) {
  return Normalizer::parse(ToyField(json::parse(component))).apply(text).text;
}

TEST(Normalizer, NoneLeavesTheTextAlone) { EXPECT_EQ(normalized("null", " É\u0301 "), " É\u0301 "); }

TEST(Normalizer, Forms) {
  EXPECT_EQ(normalized(R"({"type": "NFC"})", "e\u0301"), "é");
  EXPECT_EQ(normalized(R"({"type": "NFD"})", "é"), "e\u0301");
  EXPECT_EQ(normalized(R"({"type": "NFKC"})", "ﬁ"), "fi");
  EXPECT_EQ(normalized(R"({"type": "NFKD"})", "é²"), "e\u03012");
}

TEST(Normalizer, LowercaseAndStripAccents) {
  EXPECT_EQ(normalized(R"({"type": "Lowercase"})", "AÉ"), "aé");
  EXPECT_EQ(normalized(R"({"type": "StripAccents"})", "e\u0301é"), "eé");
}

TEST(Normalizer, StripTakesWhiteSpaceOnly) {
  const std::string text = "\u3000\t a b\u200B \n";
  EXPECT_EQ(normalized(R"({"type": "Strip", "strip_left": true, "strip_right": true})", text), "a b\u200B");
  EXPECT_EQ(normalized(R"({"type": "Strip", "strip_left": true, "strip_right": false})", text),
            "a b\u200B \n");
  EXPECT_EQ(normalized(R"({"type": "Strip", "strip_left": false, "strip_right": true})", text),
            "\u3000\t a b\u200B");
  EXPECT_EQ(normalized(R"({"type": "Strip", "strip_left": true, "strip_right": true})", " \n "), "");
  EXPECT_EQ(normalized(R"({"type": "Strip", "strip_left": true, "strip_right": true})", ""), "");
}

TEST(Normalizer, PrependLeavesEmptyTextEmpty) {
  EXPECT_EQ(normalized(R"({"type": "Prepend", "prepend": "▁"})", " a"), "▁ a");
  EXPECT_EQ(normalized(R"({"type": "Prepend", "prepend": "▁"})", ""), "");
}

TEST(Normalizer, ReplaceStringOrRegex) {
  EXPECT_EQ(normalized(R"({"type": "Replace", "pattern": {"String": "ab"}, "content": "c"})", "ababa"),
            "cca");
  EXPECT_EQ(normalized(R"({"type": "Replace", "pattern": {"String": "."}, "content": ""})", "a.b"), "ab");
  EXPECT_EQ(normalized(R"({"type": "Replace", "pattern": {"Regex": "\\s{2,}"}, "content": " $0"})", "a  b c"),
            "a $0b c");
  EXPECT_EQ(normalized(R"({"type": "Replace", "pattern": {"String": ""}, "content": "x"})", "ab"), "xaxbx");
  EXPECT_EQ(normalized(R"({"type": "Replace", "pattern": {"Regex": "x*"}, "content": "-"})", ""), "");
}

// What represents the first character of the text; Metaspace's "first" asks for it.
TEST(Normalizer, TheHeadIsFollowed) {
  const auto head = [](const char* component, const std::string& text) {
    const NormalText normal = Normalizer::parse(ToyField(json::parse(component))).apply(text);
    return normal.text.substr(0, normal.head);
  };
  EXPECT_EQ(head("null", "éa"), "é");
  EXPECT_EQ(head("null", ""), "");
  EXPECT_EQ(head(R"({"type": "NFKC"})", "ﬁa"), "fi");
  EXPECT_EQ(head(R"({"type": "StripAccents"})", "\u0301a"), "");
  EXPECT_EQ(head(R"({"type": "Prepend", "prepend": "▁"})", "ab"), "▁a");
  EXPECT_EQ(head(R"({"type": "Strip", "strip_left": true, "strip_right": true})", " a"), "");
  EXPECT_EQ(head(R"({"type": "Strip", "strip_left": false, "strip_right": true})", "a "), "a");
  EXPECT_EQ(head(R"({"type": "Replace", "pattern": {"String": " "}, "content": "▁"})", " a"), "▁");
  EXPECT_EQ(head(R"({"type": "Replace", "pattern": {"String": "ab"}, "content": "x"})", "abc"), "");
  EXPECT_EQ(head(R"({"type": "Replace", "pattern": {"String": "b"}, "content": "x"})", "abb"), "a");
  EXPECT_EQ(head(R"({"type": "Replace", "pattern": {"String": "a"}, "content": ""})", "abb"), "");
}

TEST(Normalizer, SequencesRunInOrder) {
  EXPECT_EQ(normalized(R"({"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": " "},
      {"type": "Sequence", "normalizers": [{"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]}]})",
                       "a b"),
            "▁a▁b");
}

TEST(Normalizer, TextThatGrowsWithoutBoundIsRefused) {
  const auto repeated = [](const std::string& step, int times) {
    std::string steps = step;
    for (int i = 1; i < times; ++i) steps += "," + step;
    return R"({"type": "Sequence", "normalizers": [)" + steps + "]}";
  };
  const std::string between = R"({"type": "Replace", "pattern": {"String": ""}, "content": "abcdefghij"})";
  EXPECT_EQ(normalized(repeated(between, 1).c_str(), "xy"), "abcdefghijxabcdefghijyabcdefghij");
  EXPECT_THROW(normalized(repeated(between, 40).c_str(), "xy"), UserError);
  EXPECT_THROW(normalized(repeated(R"({"type": "ByteLevel"})", 100).c_str(), "é"), UserError);
  // Only what grows is: of a long text as much as of a short one.
  EXPECT_EQ(normalized(repeated(between, 1).c_str(), std::string(100'000, 'x')).size(), 1'100'010u);
}

}  // namespace
}  // namespace radlads::text
