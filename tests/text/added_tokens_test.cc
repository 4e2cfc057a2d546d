#include "text/added_tokens.h"

#include <gtest/gtest.h>

#include "core/random.h"
#include "text/toy_tokenizer.h"

namespace radlads::text {
namespace {

// The stretches as "text" or "text=id".
std::vector<std::string> stretches(std::vector<AddedToken> tokens, std::string_view text) {
  std::vector<std::string> shown;
  for (const auto& stretch : AddedTokenFinder(std::move(tokens)).split(text)) {
    shown.push_back(std::string(stretch.text) +
                    (stretch.id == kNoToken ? "" : fmt::format("={}", stretch.id)));
  }
  return shown;
}

using Texts = std::vector<std::string>;

TEST(AddedTokens, TheLeftmostThenTheLongestMatches) {
  const std::vector<AddedToken> tokens = {
      {.id = 1, .content = "ab"}, {.id = 2, .content = "abcd"}, {.id = 3, .content = "bcdef"}};
  EXPECT_EQ(stretches(tokens, "xabcdefab"), (Texts{"x", "abcd=2", "ef", "ab=1"}));
  EXPECT_EQ(stretches(tokens, "abcx"), (Texts{"ab=1", "cx"}));
  EXPECT_EQ(stretches(tokens, ""), (Texts{}));
  EXPECT_EQ(stretches({}, "ab"), (Texts{"ab"}));
}

TEST(AddedTokens, StripTakesWhiteSpaceAlong) {
  EXPECT_EQ(stretches({{.id = 1, .content = "<m>", .lstrip = true}}, "a \u3000<m> b"),
            (Texts{"a", " \u3000<m>=1", " b"}));
  EXPECT_EQ(stretches({{.id = 1, .content = "<m>", .rstrip = true}}, "a <m> \n b"),
            (Texts{"a ", "<m> \n =1", "b"}));
  EXPECT_EQ(stretches({{.id = 1, .content = "<m>", .lstrip = true, .rstrip = true}}, " <m>  <m> "),
            (Texts{" <m>  =1", "<m> =1"}));
}

TEST(AddedTokens, WhiteSpaceIsTakenOnce) {
  const AddedToken m = {.id = 1, .content = "m", .rstrip = true};
  EXPECT_EQ(stretches({m, {.id = 2, .content = "\n", .lstrip = true, .rstrip = true}}, "m\nb"),
            (Texts{"m\n=1", "b"}));
  EXPECT_EQ(stretches({m, {.id = 2, .content = "\n", .lstrip = true}}, "m \n b"), (Texts{"m \n =1", "b"}));
  EXPECT_EQ(stretches({m, {.id = 2, .content = "\n"}}, "m\nb"), (Texts{"m\n=1", "\n=2", "b"}));
  EXPECT_EQ(stretches({m, {.id = 2, .content = "\nb", .lstrip = true}}, "m\nb"), (Texts{"m\n=1", "b=2"}));
}

TEST(AddedTokens, SingleWordsStandAlone) {
  const std::vector<AddedToken> tokens = {{.id = 1, .content = "foo", .single_word = true}};
  EXPECT_EQ(stretches(tokens, "foo-foo afoo fooé foo"),
            (Texts{"foo=1", "-", "foo=1", " afoo fooé ", "foo=1"}));
}

TEST(AddedTokens, SpecialOnesComeFirstAmongEqual) {
  EXPECT_EQ(stretches({{.id = 1, .content = "x"}, {.id = 2, .content = "x", .special = true}}, "x"),
            (Texts{"x=2"}));
}

TEST(AddedTokens, AreFoundBeforeNormalization) {
  json file = toy_sentencepiece();
  file["added_tokens"].push_back(toy_added(300, " b"));
  file["added_tokens"].push_back(toy_added(301, "b c", {{"normalized", true}}));
  const auto tokenizer = load(file);
  const TokenId space = 258;
  EXPECT_EQ(tokenizer->encode("a b", false), (Ids{265, 300}));
  // "b c" is looked for as "▁b▁c", which "b c" becomes; there is no other text then.
  EXPECT_EQ(tokenizer->encode("b c", false), (Ids{301}));
  EXPECT_EQ(tokenizer->encode("<s>a", false), (Ids{1, 265}));
  EXPECT_EQ(tokenizer->encode("<s> a", false), (Ids{1, space, 265}));
}

TEST(AddedTokens, OnesThatAreNotSpecialAreKept) {
  json file = toy_byte_level();
  file["added_tokens"].push_back(toy_added(301, "<think>", {{"special", false}}));
  const auto tokenizer = load(file);
  const Ids ids = tokenizer->encode("a<think>b<|end|>", false);
  EXPECT_EQ(ids, (Ids{'a', 301, 'b', 300}));
  EXPECT_EQ(tokenizer->decode(ids, false), "a<think>b<|end|>");
  EXPECT_EQ(tokenizer->decode(ids, true), "a<think>b");
  EXPECT_TRUE(tokenizer->is_special(300));
  EXPECT_FALSE(tokenizer->is_special(301));
  EXPECT_FALSE(tokenizer->is_special('a'));
}

}  // namespace
}  // namespace radlads::text
