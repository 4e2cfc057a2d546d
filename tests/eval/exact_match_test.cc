#include "eval/exact_match.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/error.h"

namespace radlads::eval {
namespace {

using Json = nlohmann::ordered_json;

ExactMatch metric(const char* options) { return {Json::parse(options), "[eval] gsm8k"}; }

TEST(ExactMatch, ComparesWholeTexts) {
  const ExactMatch plain = metric("{}");
  EXPECT_TRUE(plain.matches("é 1", "é 1"));
  EXPECT_FALSE(plain.matches("a", "A"));
  EXPECT_FALSE(plain.matches("a ", "a"));
}

TEST(ExactMatch, IgnoresWhatItIsTold) {
  EXPECT_TRUE(metric(R"({"ignore_case": true})").matches("ÉA ΑΣ", "éa ας"));
  const ExactMatch punctuation = metric(R"({"ignore_punctuation": true, "ignore_case": false})");
  EXPECT_TRUE(punctuation.matches(R"(!"#$%&'()*+,-./a:;<=>?@[\]^_`b{|}~)", "ab"));
  EXPECT_FALSE(punctuation.matches("a…", "a"));
  const ExactMatch numbers = metric(R"({"ignore_numbers": true})");
  EXPECT_TRUE(numbers.matches("0a123456789", "a5"));
  EXPECT_FALSE(numbers.matches("a٣", "a"));
}

// The options of gsm8k. Patterns are taken out one after the other, before all else.
TEST(ExactMatch, IgnoresPatterns) {
  const ExactMatch gsm8k = metric(
      R"({"ignore_case": true, "ignore_punctuation": false, "regexes_to_ignore": [",", "\\$", "(?s).*#### ", "\\.$"]})");
  EXPECT_TRUE(gsm8k.matches("$1,234.", "First\n12.\n#### 1234"));
  EXPECT_FALSE(gsm8k.matches("1234.5", "12345"));
  const ExactMatch letters = metric(R"({"ignore_case": true, "regexes_to_ignore": ["a"]})");
  EXPECT_FALSE(letters.matches("A", ""));
}

TEST(ExactMatch, RefusesInOneLine) {
  const auto refusal = [](const char* options) -> std::string {
    try {
      metric(options);
    } catch (const UserError& error) {
      return error.what();
    }
    return {};
  };
  EXPECT_EQ(refusal(R"({"ignore_accents": true})"), "[eval] gsm8k: exact_match has no option ignore_accents");
  EXPECT_EQ(refusal(R"({"ignore_case": 1})"),
            "[eval] gsm8k: exact_match: ignore_case is 1, not true or false");
  EXPECT_EQ(refusal(R"({"regexes_to_ignore": ","})"),
            "[eval] gsm8k: exact_match: regexes_to_ignore is not a list");
  EXPECT_EQ(refusal(R"({"regexes_to_ignore": ["\\h"]})"),
            R"([eval] gsm8k: "\\h": the pattern uses \h, which is not supported)");
  EXPECT_EQ(refusal(R"({"regexes_to_ignore": [1]})"), "[eval] gsm8k: the pattern 1 is not a string");
}

}  // namespace
}  // namespace radlads::eval
