#include "eval/generated_text.h"

#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/error.h"

namespace radlads::eval {
namespace {

using Json = nlohmann::ordered_json;
using Texts = FilterPipeline::Texts;

/// `functions`: the list under "filter".
FilterPipeline pipeline(const std::string& functions) {
  return {Json{{"name", "p"}, {"filter", Json::parse(functions)}}, "[eval] task"};
}

Texts filtered(const std::string& functions, const Texts& responses) {
  return pipeline(functions).apply(responses);
}

TEST(Filters, RegexTakesTheSelectedMatch) {
  const Texts responses = {"#### 1,200. and #### -3.", "none"};
  EXPECT_EQ(filtered(R"([{"function": "regex"}])", responses), (Texts{"1,200.", "[invalid]"}));
  EXPECT_EQ(filtered(R"([{"function": "regex", "group_select": -1, "fallback": " ? "}])", responses),
            (Texts{"-3.", " ? "}));
  EXPECT_EQ(filtered(R"([{"function": "regex", "group_select": 1}])", {responses[0]}), (Texts{"-3."}));
  // Without a group: the whole match, stripped.
  EXPECT_EQ(filtered(R"([{"function": "regex", "regex_pattern": "\\s[ab]+\\s"}])", {"1 ab\n"}),
            (Texts{"ab"}));
}

TEST(Filters, RegexWithSeveralGroupsTakesTheFirstThatIsNotEmpty) {
  const char* flexible =
      R"re([{"function": "regex", "regex_pattern": "(-?[$0-9.,]{2,})|(-?[0-9]+)", "group_select": -1}])re";
  EXPECT_EQ(filtered(flexible, {"18 or 5", "5 or 18.", ""}), (Texts{"5", "18.", "[invalid]"}));
  // A match all of whose groups are empty gives the fallback, stripped with the rest.
  EXPECT_EQ(
      filtered(R"re([{"function": "regex", "regex_pattern": "x(a?)(b?)", "fallback": " ? "}])re", {"x", "y"}),
      (Texts{"?", " ? "}));
}

TEST(Filters, ChooseResponses) {
  EXPECT_EQ(filtered(R"([{"function": "take_first"}])", {"a", "b"}), (Texts{"a"}));
  EXPECT_EQ(filtered(R"([{"function": "take_first_k", "k": 2}])", {"a", "b", "c"}), (Texts{"a", "b"}));
  EXPECT_EQ(filtered(R"([{"function": "majority_vote"}])", {"a", "b", "c", "b", "c"}), (Texts{"b"}));
  EXPECT_EQ(filtered(R"([{"function": "majority_vote"}])", {"b", "a"}), (Texts{"b"}));
}

TEST(Filters, ChangeTexts) {
  EXPECT_EQ(filtered(R"([{"function": "remove_whitespace"}])", {" a b\n", "\u3000"}), (Texts{"a b", ""}));
  EXPECT_EQ(filtered(R"([{"function": "lowercase"}])", {"ÀB"}), (Texts{"àb"}));
  EXPECT_EQ(filtered(R"([{"function": "uppercase"}])", {"àß"}), (Texts{"ÀSS"}));
  EXPECT_EQ(filtered(R"([{"function": "map", "mapping_dict": {"A": 0, "B": "b"}, "default_value": -1}])",
                     {"A", "B", "C"}),
            (Texts{"0", "b", "-1"}));
}

TEST(Filters, LeaveATextOrAList) {
  EXPECT_TRUE(FilterPipeline::none().gives_one_text());
  EXPECT_TRUE(pipeline(R"([{"function": "majority_vote"}, {"function": "take_first"}])").gives_one_text());
  EXPECT_FALSE(pipeline(R"([{"function": "majority_vote"}])").gives_one_text());
  EXPECT_FALSE(pipeline("[]").gives_one_text());
}

// gsm8k_cot_self_consistency.
TEST(Filters, RunInOrder) {
  const FilterPipeline votes = pipeline(
      R"re([{"function": "take_first_k", "k": 3},
          {"function": "regex", "regex_pattern": "The answer is (\\-?[0-9\\.\\,]*[0-9]+)"},
          {"function": "majority_vote"}, {"function": "take_first"}])re");
  EXPECT_EQ(votes.name(), "p");
  EXPECT_EQ(votes.apply({"The answer is 1.", "The answer is 2.", "The answer is 2.", "The answer is 1."}),
            (Texts{"2"}));
  EXPECT_EQ(FilterPipeline::none().name(), "none");
  EXPECT_EQ(FilterPipeline::none().apply({" a ", "b"}), (Texts{" a "}));
}

// polemo2 maps what take_first gave: a text, so a list of characters.
TEST(Filters, AfterTakeFirstCharactersAreResponses) {
  const char* polemo2 =
      R"([{"function": "regex", "regex_pattern": "([A-D]).*"}, {"function": "take_first"},
          {"function": "map", "mapping_dict": {"A": 0, "B": 1}, "default_value": -1}, {"function": "take_first"}])";
  EXPECT_EQ(filtered(polemo2, {"B. for", "A"}), (Texts{"1"}));
  EXPECT_EQ(filtered(polemo2, {"none"}), (Texts{"-1"}));
  EXPECT_EQ(filtered(R"([{"function": "take_first"}, {"function": "take_first_k", "k": 2}])", {"éab"}),
            (Texts{"é", "a"}));
}

std::string refusal(const std::string& functions, const Texts& responses = {"a"}) {
  try {
    filtered(functions, responses);
  } catch (const UserError& error) {
    return error.what();
  }
  return {};
}

TEST(Filters, RefuseInOneLine) {
  EXPECT_EQ(refusal(R"([{"function": "multi_choice_regex", "ignore_case": true}])"),
            "[eval] task: filter_list p: multi_choice_regex: the filter is not supported");
  EXPECT_EQ(refusal(R"([{"function": "take_first", "k": 1}])"),
            "[eval] task: filter_list p: take_first: the option k is not supported");
  EXPECT_EQ(refusal(R"([{"function": "regex", "regex_pattern": "("}])")
                .find(R"([eval] task: filter_list p: regex: "(": malformed pattern: )"),
            0u);
  EXPECT_EQ(refusal(R"([{"function": "regex", "group_select": "0"}])"),
            "[eval] task: filter_list p: regex: group_select must be a whole number");
  EXPECT_EQ(refusal(R"([{"function": "regex", "fallback": 0}])"),
            "[eval] task: filter_list p: regex: fallback is not a string");
  EXPECT_EQ(
      refusal(R"([{"function": "regex", "regex_pattern": "a", "group_select": 1}])"),
      "[eval] task: filter_list p: regex: group_select is 1, but the number of matches in a response is 1");
  EXPECT_EQ(refusal(R"([{"function": "take_first_k"}])"),
            "[eval] task: filter_list p: take_first_k: k must be a whole number");
  EXPECT_EQ(refusal(R"([{"function": "take_first_k", "k": 2}])"),
            "[eval] task: filter_list p: take_first_k: k is 2, but the task's repeats give 1");
  EXPECT_EQ(refusal(R"([{"function": "map", "mapping_dict": {}}])"),
            "[eval] task: filter_list p: map: there is no default_value");
  EXPECT_EQ(refusal(R"([{"function": "map", "mapping_dict": {"a": 0.5}, "default_value": 0}])"),
            "[eval] task: filter_list p: map: 0.5 is neither text nor a whole number");
  EXPECT_EQ(refusal(R"(["regex"])"), R"([eval] task: filter_list p: "regex" has no function)");
  EXPECT_EQ(refusal(R"([{"function": "take_first"}, {"function": "take_first"}])", {""}),
            "[eval] task: filter_list p: take_first: there is no response to take");
  EXPECT_EQ(refusal(R"([{"function": "take_first"}, {"function": "majority_vote"}])", {""}),
            "[eval] task: filter_list p: majority_vote: there is no response to take");
  EXPECT_THROW(FilterPipeline(Json::parse(R"({"filter": []})"), "[eval] task"), UserError);
  EXPECT_THROW(FilterPipeline(Json::parse(R"({"name": "p"})"), "[eval] task"), UserError);
}

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
  const auto error_of = [](const char* options) -> std::string {
    try {
      metric(options);
    } catch (const UserError& error) {
      return error.what();
    }
    return {};
  };
  EXPECT_EQ(error_of(R"({"ignore_accents": true})"),
            "[eval] gsm8k: exact_match has no option ignore_accents");
  EXPECT_EQ(error_of(R"({"ignore_case": 1})"),
            "[eval] gsm8k: exact_match: ignore_case is 1, not true or false");
  EXPECT_EQ(error_of(R"({"regexes_to_ignore": ","})"),
            "[eval] gsm8k: exact_match: regexes_to_ignore is not a list");
  EXPECT_EQ(error_of(R"({"regexes_to_ignore": ["\\h"]})"),
            R"([eval] gsm8k: "\\h": the pattern uses \h, which is not supported)");
  EXPECT_EQ(error_of(R"({"regexes_to_ignore": [1]})"), "[eval] gsm8k: the pattern 1 is not a string");
}

TEST(StringMatch, IsTheShareThatTheAnswerContains) {
  const std::vector<std::string> two = {"1234567", "XYZ"};
  EXPECT_EQ(string_match(" 1234567 and xyz.", two), 1);
  EXPECT_EQ(string_match("The first is 1234567, I think", two), 0.5);
  EXPECT_EQ(string_match("123456", two), 0);
  EXPECT_EQ(string_match("", two), 0);
  EXPECT_EQ(string_match("ÄPFEL", std::vector<std::string>{"äpfel"}), 1);
}

}  // namespace
}  // namespace radlads::eval
