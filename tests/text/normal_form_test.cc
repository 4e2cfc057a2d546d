#include "text/normal_form.h"

#include <fstream>
#include <map>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/sha256.h"
#include "core/utf8.h"
#include "text/normalizer.h"
#include "text/toy_tokenizer.h"

namespace radlads::text {
namespace {

TEST(UnicodeForm, KnownValues) {
  EXPECT_EQ(to_form("e\u0301", UnicodeForm::kNfc), "é");
  EXPECT_EQ(to_form("é", UnicodeForm::kNfd), "e\u0301");
  EXPECT_EQ(to_form("ﬁ①\u00A0", UnicodeForm::kNfkc), "fi1 ");
  EXPECT_EQ(to_form("ﬁé", UnicodeForm::kNfkd), "fie\u0301");
  EXPECT_EQ(to_form("각", UnicodeForm::kNfd), "\u1100\u1161\u11A8");
  EXPECT_EQ(to_form("가\u11A8", UnicodeForm::kNfc), "각");
  EXPECT_EQ(to_form("か\u3099", UnicodeForm::kNfc), "が");
  EXPECT_EQ(to_form("q\u0307\u0323", UnicodeForm::kNfc), "q\u0323\u0307");
  EXPECT_EQ(to_form("\u2126\u0344", UnicodeForm::kNfc), "\u03A9\u0308\u0301");
  EXPECT_EQ(to_form("", UnicodeForm::kNfc), "");
}

TEST(UnicodeForm, TheLetterBeforeTheFinalsIsNone) {
  EXPECT_EQ(to_form("가\u11A7", UnicodeForm::kNfc), "가\u11A7");
  EXPECT_EQ(to_form("가\u11A7", UnicodeForm::kNfkc), "가\u11A7");
}

// Marks of Unicode 10 and later do not move, and what came with them neither composes nor decomposes.
TEST(UnicodeForm, NewerCharactersAreInert) {
  EXPECT_EQ(to_form("a\u0345\u1DF6\u0334", UnicodeForm::kNfd), "a\u0345\u1DF6\u0334");
  EXPECT_EQ(to_form("\U00011935\U00011930", UnicodeForm::kNfc), "\U00011935\U00011930");
  EXPECT_EQ(to_form("\u32FF", UnicodeForm::kNfkd), "\u32FF");
}

// Every character, and random texts, against the tokenizers library: tests/text/normal_forms.py.
TEST(NormalForms, AreThoseOfTheReference) {
  std::ifstream file(RADLADS_SOURCE_DIR "/tests/data/normal_forms.jsonl");
  std::string line;
  ASSERT_TRUE(std::getline(file, line));
  std::map<std::string, Normalizer> steps;
  const json digests = json::parse(line);
  for (const auto& [name, digest] : digests.items()) {
    const Normalizer& step =
        steps.emplace(name, Normalizer::parse(ToyField(json{{"type", name}}))).first->second;
    std::string results;
    for (char32_t c = 1; c < 0x110000; ++c) {
      if (c >= 0xD800 && c < 0xE000) continue;
      std::string character;
      append_utf8(c, character);
      results += step.apply(fmt::format("{0}e{0}\u0345{0}\u0301가{0}\u0316\u0301\n", character)).text;
    }
    EXPECT_EQ(sha256_hex(results), digest) << name;
  }
  int num_texts = 0;
  for (; std::getline(file, line); ++num_texts) {
    const json item = json::parse(line);
    const auto text = item.at("text").get<std::string>();
    for (const auto& [name, step] : steps)
      EXPECT_EQ(step.apply(text).text, item.value(name, text)) << name << line;
  }
  EXPECT_EQ(num_texts, 250);
}

TEST(UnicodeForm, ALongRunOfMarksTakesNoQuadraticTime) {
  std::string text = "e", wanted = "e";
  constexpr int kMarks = 100'000;
  for (int i = 0; i < kMarks; ++i) text += "\u0307\u0323";
  wanted = "\u1EB9";  // the first mark below composes
  for (int i = 1; i < kMarks; ++i) wanted += "\u0323";
  for (int i = 0; i < kMarks; ++i) wanted += "\u0307";
  EXPECT_EQ(to_form(text, UnicodeForm::kNfc), wanted);
}

}  // namespace
}  // namespace radlads::text
