#include "eval/synthetic.h"

#include <map>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "eval/synthetic_text.h"
#include "io/yaml_json.h"

namespace radlads::eval {
namespace {

SyntheticSpec parse(const std::string& yaml) {
  return parse_synthetic(parse_yaml(yaml, "read_task", "x.yaml"), "haystack", "x.yaml");
}

std::string error_of(const std::string& yaml) {
  try {
    parse(yaml);
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

int64_t occurrences(const std::string& text, const std::string& part) {
  int64_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

std::string context_of(const Json& document) { return document.at("context"); }

using Texts = std::vector<std::string>;

/// What a document says is right is a choice, and the answer.
void expect_right_choices(const Json& document) {
  const auto choices = document.at("choices").get<Texts>();
  EXPECT_EQ(std::set<std::string>(choices.begin(), choices.end()).size(), choices.size());
  for (const Json& place : document.at("answer")) ASSERT_LT(place.get<size_t>(), choices.size());
}

TEST(Synthetic, RefusesMapsThatMeanNothing) {
  EXPECT_EQ(error_of("{synthetic: essay}"),
            "[read_task] haystack, data: the kind \"essay\" is not known; use needle, variable_tracking or "
            "common_words in x.yaml");
  EXPECT_EQ(error_of("{synthetic: needle, hops: 2}"),
            "[read_task] haystack, data: the key hops is not known in x.yaml");
  EXPECT_EQ(error_of("{synthetic: needle, keys: 0}"),
            "[read_task] haystack, data: keys: must be at least 1, not 0 in x.yaml");
  EXPECT_EQ(error_of("{synthetic: needle, keys: 2, queries: 3}"),
            "[read_task] haystack, data: queries: must be at most 2, not 3 in x.yaml");
  EXPECT_EQ(error_of("{synthetic: common_words, times: 3, other_times: 3}"),
            "[read_task] haystack, data: other_times: must be at most 2, not 3 in x.yaml");
  EXPECT_EQ(error_of("{keys: 3}"),
            "[read_task] haystack, data: the kind \"\" is not known; use needle, variable_tracking or "
            "common_words in x.yaml");
}

TEST(Synthetic, SameArgumentsSameDocument) {
  for (const char* yaml : {"{synthetic: needle, keys: 3}", "{synthetic: variable_tracking, chains: 2}",
                           "{synthetic: common_words}"}) {
    const SyntheticSpec spec = parse(yaml);
    const Json document = synthetic_document(spec, 1, 5, 40);
    EXPECT_EQ(synthetic_document(spec, 1, 5, 40), document) << yaml;
    EXPECT_EQ(document.at("index"), 5);
    EXPECT_EQ(document.at("length"), 1024);
    for (const Json& other : {synthetic_document(spec, 2, 5, 40), synthetic_document(spec, 1, 6, 40)}) {
      EXPECT_NE(other.at("context"), document.at("context")) << yaml;
      EXPECT_NE(other.at("outputs"), document.at("outputs")) << yaml;
    }
    // More filler asks for the same.
    EXPECT_EQ(synthetic_document(spec, 1, 5, 41).at("outputs"), document.at("outputs")) << yaml;
  }
}

// The generator gives only whole numbers, so that this text is the same on every machine.
TEST(Synthetic, IsTheSameOnEveryMachine) {
  const Json document = synthetic_document(parse("{synthetic: needle}"), 1234, 0, 1);
  EXPECT_EQ(document.at("context"),
            "The secret number of frozen-kettle is 1533391. The honest doctor wrote a few lines at the "
            "station at dawn.");
}

TEST(Synthetic, NeedlesStandOnceAndWhereTheDepthSays) {
  const SyntheticSpec spec = parse("{synthetic: needle, keys: 4}");
  std::map<double, int> depths;
  for (int64_t index = 0; index < 2 * kNumDepths; ++index) {
    const Json document = synthetic_document(spec, 7, index, 500);
    const std::string context = context_of(document);
    const std::string key = document.at("asked").at(0), value = document.at("outputs").at(0);
    const std::string needle = fmt::format("The secret number of {} is {}.", key, value);
    EXPECT_EQ(occurrences(context, value), 1);
    EXPECT_EQ(occurrences(context, key), 1);
    EXPECT_EQ(occurrences(context, "secret number"), 4);
    EXPECT_EQ(occurrences(context, needle), 1);
    const double depth = document.at("depth");
    EXPECT_NEAR(static_cast<double>(context.find(needle)) / static_cast<double>(context.size()), depth, 0.02);
    ++depths[depth];
    ASSERT_EQ(document.at("choices").size(), 4u);
    expect_right_choices(document);
    EXPECT_EQ(document.at("choices").at(document.at("answer").at(0).get<size_t>()), value);
    for (const Json& choice : document.at("choices")) EXPECT_EQ(occurrences(context, choice), 1);
  }
  ASSERT_EQ(depths.size(), static_cast<size_t>(kNumDepths));
  EXPECT_EQ(depths.begin()->first, 0);
  EXPECT_EQ(depths.rbegin()->first, 1);
  for (const auto& [depth, count] : depths) EXPECT_EQ(count, 2) << depth;
}

TEST(Synthetic, SeveralKeysAndValuesAreAskedFor) {
  const Json values = synthetic_document(parse("{synthetic: needle, keys: 2, values: 3}"), 7, 1, 50);
  EXPECT_EQ(values.at("asked").size(), 1u);
  EXPECT_EQ(values.at("outputs").size(), 3u);
  EXPECT_EQ(values.at("choices").size(), 4u);
  EXPECT_EQ(occurrences(context_of(values), values.at("asked").at(0)), 3);
  const Json queries = synthetic_document(parse("{synthetic: needle, keys: 3, queries: 2}"), 7, 1, 50);
  EXPECT_EQ(queries.at("asked").size(), 2u);
  EXPECT_EQ(queries.at("outputs").size(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(
        occurrences(context_of(queries), fmt::format("{} is {}.", queries["asked"][i].get<std::string>(),
                                                     queries["outputs"][i].get<std::string>())),
        1);
  }
}

/// The value of a variable, by what the text says up to its end.
std::string value_in(const std::string& context, const std::string& variable) {
  const size_t at = context.find(fmt::format("Let {} be ", variable));
  if (at == std::string::npos) return "";
  const size_t begin = at + variable.size() + 8, end = context.find('.', begin);
  const std::string from = context.substr(begin, end - begin);
  if (from.find_first_not_of("0123456789") == std::string::npos) return from;
  EXPECT_LT(context.find(fmt::format("Let {} be ", from)), at) << "used before it has a value";
  return value_in(context, from);
}

TEST(Synthetic, ChainsOfVariablesHandTheirValueOn) {
  const SyntheticSpec spec = parse("{synthetic: variable_tracking, chains: 4, hops: 3}");
  for (int64_t index = 0; index < 5; ++index) {
    const Json document = synthetic_document(spec, 7, index, 60);
    const std::string context = context_of(document), value = document.at("value");
    EXPECT_EQ(occurrences(context, "Let "), 16);
    EXPECT_EQ(occurrences(context, value), 1);
    ASSERT_EQ(document.at("outputs").size(), 4u);
    for (const Json& variable : document.at("outputs")) EXPECT_EQ(value_in(context, variable), value);
    EXPECT_EQ(document.at("last"), document.at("outputs").back());
    ASSERT_EQ(document.at("choices").size(), 4u);
    expect_right_choices(document);
    EXPECT_EQ(document.at("choices").at(document.at("answer").at(0).get<size_t>()), value);
  }
}

TEST(Synthetic, CommonWordsAreTheMostFrequent) {
  const SyntheticSpec spec = parse("{synthetic: common_words, words: 3, times: 6, other_times: 2}");
  const Json document = synthetic_document(spec, 7, 0, 40);
  std::map<std::string, int> counts;
  const std::string context = context_of(document);
  for (size_t begin = 0; begin < context.size();) {
    const size_t end = std::min(context.find(' ', begin), context.size());
    ++counts[context.substr(begin, end - begin)];
    begin = end + 1;
  }
  const auto outputs = document.at("outputs").get<Texts>();
  EXPECT_EQ(document.at("count"), 3);
  ASSERT_EQ(outputs.size(), 3u);
  EXPECT_EQ(counts.size(), 46u);  // filler, and three to choose from
  for (const auto& [word, count] : counts)
    EXPECT_EQ(count, std::count(outputs.begin(), outputs.end(), word) > 0 ? 6 : 2) << word;
  expect_right_choices(document);
  EXPECT_EQ(document.at("choices").at(document.at("answer").at(0).get<size_t>()), outputs[0]);
  for (const Json& choice : document.at("choices"))
    EXPECT_EQ(counts.at(choice), choice == outputs[0] ? 6 : 2);
}

TEST(SyntheticText, NamesAreNoPartsOfEachOtherNorOfTheFiller) {
  Random random(1, 1);
  const Texts names = distinct_names(kMaxNames, random);
  std::string all;
  for (const std::string& name : names) all += name + '\n';
  for (const std::string& name : names) EXPECT_EQ(occurrences(all, name), 1) << name;
  for (int i = 0; i < 200; ++i)
    EXPECT_EQ(filler_sentence(random).find_first_of("-0123456789\n"), std::string::npos);
}

}  // namespace
}  // namespace radlads::eval
