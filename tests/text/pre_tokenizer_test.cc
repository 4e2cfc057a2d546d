#include "text/pre_tokenizer.h"

#include <gtest/gtest.h>

#include "text/toy_tokenizer.h"

namespace radlads::text {
namespace {

using Words = std::vector<std::string>;

class Collector final : public PieceSink {
 public:
  void take(const Piece& word) override { words.emplace_back(word.text); }
  Words words;
};

Words words(const std::string& component, std::string_view text, bool starts_text = true) {
  Collector collector;
  PreTokenizer::parse(ToyField(json::parse(component))).cut({text, starts_text}, collector);
  return collector.words;
}

std::string split(const std::string& pattern, const std::string& behavior, bool invert = false) {
  return json{
      {"type", "Split"}, {"pattern", json::parse(pattern)}, {"behavior", behavior}, {"invert", invert}}
      .dump();
}

TEST(PreTokenizer, NoneMakesOneWord) { EXPECT_EQ(words("null", "a b"), (Words{"a b"})); }

TEST(Split, Behaviors) {
  const std::string dash = R"({"String": "-"})", text = "-a--b";
  EXPECT_EQ(words(split(dash, "Removed"), text), (Words{"a", "b"}));
  EXPECT_EQ(words(split(dash, "Isolated"), text), (Words{"-", "a", "-", "-", "b"}));
  EXPECT_EQ(words(split(dash, "MergedWithPrevious"), text), (Words{"-", "a-", "-", "b"}));
  EXPECT_EQ(words(split(dash, "MergedWithNext"), text), (Words{"-a", "-", "-b"}));
  EXPECT_EQ(words(split(dash, "Contiguous"), text), (Words{"-", "a", "--", "b"}));
}

TEST(Split, BehaviorsAtTheEnd) {
  const std::string dash = R"({"String": "-"})", text = "a-b--";
  EXPECT_EQ(words(split(dash, "Removed"), text), (Words{"a", "b"}));
  EXPECT_EQ(words(split(dash, "MergedWithPrevious"), text), (Words{"a-", "b-", "-"}));
  EXPECT_EQ(words(split(dash, "MergedWithNext"), text), (Words{"a", "-b", "-", "-"}));
  EXPECT_EQ(words(split(dash, "Contiguous"), text), (Words{"a", "-", "b", "--"}));
}

TEST(Split, InvertedAndByRegex) {
  const std::string letters = R"({"Regex": "\\p{L}+"})";
  EXPECT_EQ(words(split(letters, "Removed", true), "é中 1a"), (Words{"é中", "a"}));
  EXPECT_EQ(words(split(letters, "Isolated"), "é中 1a"), (Words{"é中", " 1", "a"}));
  EXPECT_EQ(words(split(letters, "Removed"), ""), (Words{}));
}

// The published split patterns, on what is easy to miss.
TEST(Split, PublishedPatterns) {
  const auto pattern = [](const std::string& digits) {
    return split(json{{"Regex", R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|)" + digits +
                                    R"(| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)"}}
                     .dump(),
                 "Isolated");
  };
  const std::string one = pattern(R"(\p{N})"), three = pattern(R"(\p{N}{1,3})");
  EXPECT_EQ(words(one, "Hello  world's 12"), (Words{"Hello", " ", " world", "'s", " ", "1", "2"}));
  EXPECT_EQ(words(three, "a 12345"), (Words{"a", " ", "123", "45"}));
  EXPECT_EQ(words(one, "x'ſa"), (Words{"x", "'ſ", "a"}));
  EXPECT_EQ(words(one, "½²Ⅷ"), (Words{"½", "²", "Ⅷ"}));
  EXPECT_EQ(words(one, "e\u0301x"), (Words{"e", "\u0301x"}));
  EXPECT_EQ(words(one, "a\u180Eb \n\n c!\n"), (Words{"a", "\u180Eb", " \n\n", " c", "!\n"}));
  EXPECT_EQ(words(one,
                  "a\x1C"
                  "b\u0085 c"),
            (Words{"a",
                   "\x1C"
                   "b",
                   "\u0085", " c"}));
}

TEST(ByteLevel, SplitsByGpt2sPattern) {
  const auto byte_level = [](bool prefix, bool regex) {
    return json{
        {"type", "ByteLevel"}, {"add_prefix_space", prefix}, {"trim_offsets", true}, {"use_regex", regex}}
        .dump();
  };
  EXPECT_EQ(words(byte_level(false, true), "it's  A'S é1!"),
            (Words{"it", "'s", " ", " A", "'", "S", " é", "1", "!"}));
  EXPECT_EQ(words(byte_level(true, true), "ab c"), (Words{" ab", " c"}));
  EXPECT_EQ(words(byte_level(true, false), " ab c"), (Words{" ab c"}));
  EXPECT_TRUE(PreTokenizer::parse(ToyField(json::parse(byte_level(false, false)))).is_byte_level());
  EXPECT_FALSE(PreTokenizer::parse(ToyField(nullptr)).is_byte_level());
}

std::string metaspace(const std::string& scheme, bool split) {
  return json{{"type", "Metaspace"}, {"replacement", "▁"}, {"prepend_scheme", scheme}, {"split", split}}
      .dump();
}

TEST(Metaspace, PrependSchemes) {
  EXPECT_EQ(words(metaspace("always", true), "a b"), (Words{"▁a", "▁b"}));
  EXPECT_EQ(words(metaspace("always", true), " a  b "), (Words{"▁a", "▁", "▁b", "▁"}));
  EXPECT_EQ(words(metaspace("always", true), "a", false), (Words{"▁a"}));
  EXPECT_EQ(words(metaspace("first", true), "a b"), (Words{"▁a", "▁b"}));
  EXPECT_EQ(words(metaspace("first", true), "a b", false), (Words{"a", "▁b"}));
  EXPECT_EQ(words(metaspace("never", true), "a b"), (Words{"a", "▁b"}));
  EXPECT_EQ(words(metaspace("never", false), "a b"), (Words{"a▁b"}));
}

TEST(Metaspace, OlderSpelling) {
  EXPECT_EQ(words(R"({"type": "Metaspace", "replacement": "_", "add_prefix_space": true})", "a b"),
            (Words{"_a", "_b"}));
  EXPECT_EQ(
      words(
          R"({"type": "Metaspace", "replacement": "_", "add_prefix_space": false, "prepend_scheme": "never"})",
          "a b"),
      (Words{"a", "_b"}));
}

TEST(Metaspace, OnlyTheFirstWordStartsTheText) {
  const std::string both = R"({"type": "Sequence", "pretokenizers": [)" +
                           split(R"({"String": "-"})", "Removed") + "," + metaspace("first", true) + "]}";
  EXPECT_EQ(words(both, "a-b"), (Words{"▁a", "b"}));
  EXPECT_EQ(words(both, "-a-b"), (Words{"a", "b"}));
}

TEST(PreTokenizer, Digits) {
  EXPECT_EQ(words(R"({"type": "Digits", "individual_digits": true})", "a12½"), (Words{"a", "1", "2", "½"}));
  EXPECT_EQ(words(R"({"type": "Digits", "individual_digits": false})", "a12b٣"),
            (Words{"a", "12", "b", "٣"}));
}

TEST(PreTokenizer, Whitespace) {
  EXPECT_EQ(words(R"({"type": "WhitespaceSplit"})", " a-b\u3000c\n"), (Words{"a-b", "c"}));
  EXPECT_EQ(words(R"({"type": "Whitespace"})", " a_1-! é\u0301"), (Words{"a_1", "-!", "é\u0301"}));
}

TEST(PreTokenizer, Punctuation) {
  EXPECT_EQ(words(R"({"type": "Punctuation"})", "a$b--。\u2E52"),
            (Words{"a", "$", "b", "-", "-", "。", "\u2E52"}));
  EXPECT_EQ(words(R"({"type": "Punctuation", "behavior": "Contiguous"})", "a--b"), (Words{"a", "--", "b"}));
}

TEST(PreTokenizer, OtherCuts) {
  EXPECT_EQ(words(R"({"type": "CharDelimiterSplit", "delimiter": "é"})", "aébéé"), (Words{"a", "b"}));
  EXPECT_EQ(words(R"({"type": "FixedLength", "length": 2})", "aébcd"), (Words{"aé", "bc", "d"}));
  EXPECT_EQ(words(R"({"type": "BertPreTokenizer"})", "a b,c"), (Words{"a", "b", ",", "c"}));
}

TEST(PreTokenizer, SequencesCutFurther) {
  const std::string both = R"({"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"},
      {"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": true}]}]})";
  EXPECT_EQ(words(both, "a1 23"), (Words{"a", "1", "2", "3"}));
}

TEST(PreTokenizer, LongSequencesAreRefused) {
  const auto repeated = [](const std::string& steps, int times) {
    std::string all = steps;
    for (int i = 1; i < times; ++i) all += "," + steps;
    return R"({"type": "Sequence", "pretokenizers": [)" + all + "]}";
  };
  const std::string space = R"({"type": "WhitespaceSplit"})";
  EXPECT_EQ(words(repeated(space, 100), "a b"), (Words{"a", "b"}));
  EXPECT_THROW(words(repeated(space, 100'000), "a b"), UserError);  // each calls the next
  // With every round, most characters have one more before them.
  const std::string round =
      R"({"type": "FixedLength", "length": 1}, {"type": "Metaspace", "replacement": "▁"},
      {"type": "FixedLength", "length": 1}, {"type": "Metaspace", "replacement": "_"})";
  EXPECT_EQ(words(repeated(round, 2), "a").size(), 7u);
  EXPECT_THROW(words(repeated(round, 20), "a"), UserError);
}

}  // namespace
}  // namespace radlads::text
