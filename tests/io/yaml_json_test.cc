#include "io/yaml_json.h"

#include <cmath>
#include <fstream>

#include <gtest/gtest.h>

#include "core/error.h"
#include "io/json.h"
#include "io/yaml_writer.h"

namespace radlads {
namespace {

using Json = nlohmann::ordered_json;

Json parse(std::string_view text, YamlRules rules = {}) {
  return parse_yaml(text, "read_task", "x.yaml", rules);
}

std::string error_of(std::string_view text, YamlRules rules = {}) {
  try {
    parse(text, rules);
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

TEST(YamlJson, ScalarsAreWhatPyYamlMakesOfThem) {
  const std::filesystem::path file = RADLADS_SOURCE_DIR "/tests/data/yaml/scalars.jsonl";
  std::ifstream lines(file);
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const Json expected = parse_ordered_json(line, "[test]", file, {.python_numbers = true});
    const auto text = expected.at("yaml").get<std::string>();
    if (!expected.contains("value")) {
      EXPECT_NE(error_of(text), "") << Json(text);
      EXPECT_EQ(error_of(text).find('\n'), std::string::npos) << error_of(text);
      continue;
    }
    ASSERT_EQ(error_of(text), "") << Json(text);
    const Json value = parse(text), &wanted = expected["value"];
    EXPECT_EQ(value.type(), wanted.type()) << Json(text);
    if (wanted.is_number_float() && std::isnan(wanted.get<double>())) {
      EXPECT_TRUE(std::isnan(value.get<double>())) << Json(text);
    } else if (wanted.is_number_float()) {
      EXPECT_EQ(value.get<double>(), wanted.get<double>()) << Json(text);  // to the bit
    } else {
      EXPECT_EQ(value.dump(), wanted.dump()) << Json(text);
    }
  }
  EXPECT_GT(count, 3000);
}

TEST(YamlJson, KeepsTheOrderOfKeysAndBlocksOfText) {
  EXPECT_EQ(parse("b: 1\na: {d: 2, c: 3}\ntext: |\n  one\n  two\nfolded: >-\n  one\n  two\n").dump(),
            R"({"b":1,"a":{"d":2,"c":3},"text":"one\ntwo\n","folded":"one two"})");
  EXPECT_EQ(parse("").dump(), "null");
  EXPECT_EQ(parse("1: a\nyes: b\n").dump(), R"({"1":"a","yes":"b"})");
}

TEST(YamlJson, AliasesAndMergesAreCopies) {
  EXPECT_EQ(parse("a: &x {k: 1}\nb: *x\nc: [*x]\n").dump(), R"({"a":{"k":1},"b":{"k":1},"c":[{"k":1}]})");
  // A map's own keys count, wherever they are; of a list, the first map; what is merged comes first.
  EXPECT_EQ(parse("a: &a {x: 1, y: 2}\nb: &b {x: 3, z: 4}\nc: {z: 5, <<: [*a, *b]}\n")["c"].dump(),
            R"({"x":1,"z":5,"y":2})");
  EXPECT_EQ(parse("a: &a {x: 1}\nb: {<<: *a, x: 2}\n")["b"].dump(), R"({"x":2})");
  EXPECT_EQ(parse("\"<<\": 1\n").dump(), R"({"<<":1})");
  EXPECT_EQ(error_of("a: {<<: 1}\n"), "[read_task] << needs a map or a list of maps in line 1 of x.yaml");
  EXPECT_EQ(error_of("a: *b\n"), "[read_task] there is no anchor &b for *b in line 1 of x.yaml");
  EXPECT_EQ(error_of("a: &b [*b]\n"), "[read_task] *b is inside the value it refers to in line 1 of x.yaml");
}

TEST(YamlJson, AliasesCannotGrowWithoutEnd) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    bomb += fmt::format("a{0}: &a{0} [", i);
    for (int j = 0; j < 10; ++j) bomb += fmt::format("*a{},", i - 1);
    bomb += "]\n";
  }
  EXPECT_NE(error_of(bomb).find("grow beyond 64 MiB in line"), std::string::npos) << error_of(bomb);
}

TEST(YamlJson, NestingHasALimit) {
  EXPECT_EQ(error_of(std::string(60, '[') + std::string(60, ']')), "");
  EXPECT_EQ(error_of(std::string(70, '[') + std::string(70, ']')),
            "[read_task] nested more than 64 deep in line 1 of x.yaml");
  EXPECT_NE(error_of(std::string(100000, '[')), "");
}

TEST(YamlJson, AKeyTwiceIsRefusedOrTheLastCounts) {
  EXPECT_EQ(error_of("a: 1\na: 2\n"), "[read_task] the key \"a\" appears twice in line 2 of x.yaml");
  EXPECT_EQ(parse("a: 1\nb: 2\na: 3\n", {.repeated_keys = true}).dump(), R"({"a":3,"b":2})");
}

TEST(YamlJson, AForeignTagIsAValueOfItsOwnWhereItIsAllowed) {
  const std::string_view text = "a: !function utils.process\nb: [1, !x {c: 2}]\n";
  EXPECT_EQ(error_of(text),
            "[read_task] the tag !function is not supported (only data can be read) in line 1 of x.yaml");
  const Json value = parse(text, {.foreign_tags = true});
  EXPECT_EQ(yaml_tag(value["a"])->text, "!function utils.process");
  EXPECT_FALSE(value["a"].is_string() || value["a"].is_structured() || value["a"].is_number());
  EXPECT_EQ(find_yaml_tag(value["b"])->line, 2);
  EXPECT_FALSE(yaml_tag(value["b"]));
  EXPECT_EQ(find_yaml_tag(value["b"])->text, "!x");
  EXPECT_FALSE(find_yaml_tag(Json{{"a", 1}}));
}

TEST(YamlJson, NamesLineAndFileOfWhatIsWrong) {
  EXPECT_EQ(error_of("a: 1\nb: [2\n"), "[read_task] did not find expected ',' or ']' in line 3 of x.yaml");
  EXPECT_EQ(error_of("a\n\xff\n"), "[read_task] invalid leading UTF-8 octet in line 2 of x.yaml");
  EXPECT_EQ(error_of("a: 1\n---\nb: 2\n"),
            "[read_task] a second document begins (only one is read) in line 2 of x.yaml");
  EXPECT_EQ(error_of("a: 1\n[b]: 2\n"), "[read_task] a key must be plain text in line 2 of x.yaml");
  EXPECT_EQ(error_of("a:\n- 1234567890123456789012345\n"),
            "[read_task] the number 1234567890123456789012345 has more than 64 bits (text must be in quotes) "
            "in line 2 of x.yaml");
}

TEST(YamlWriter, WordsReadBackAsTheyWere) {
  for (const std::string text : {"",
                                 "a b.txt",
                                 " a",
                                 "a ",
                                 "-",
                                 "-1",
                                 "--- a",
                                 "...",
                                 "a: b",
                                 "a #b",
                                 "'",
                                 "\"\\",
                                 "\n",
                                 "\r\n",
                                 "\t",
                                 "[a",
                                 "a,b",
                                 "1e-05",
                                 "true",
                                 "é",
                                 "\xc2\x85",
                                 "\xe2\x80\xa8",
                                 "\xef\xbb\xbf",
                                 "\xef\xbf\xbf",
                                 "\x7f",
                                 "\x01",
                                 "@",
                                 "<<",
                                 "?",
                                 "&a",
                                 "*a",
                                 "!a",
                                 "%",
                                 "`",
                                 "|",
                                 ">",
                                 "{",
                                 "\xf0\x9f\x98\x80"}) {
    const std::filesystem::path file = "x.yaml";
    const YamlNode node = read_yaml(fmt::format("[{}]", yaml_word(text)), {"test", file});
    EXPECT_EQ(node.items.size() == 1 ? node.items[0].text : "?", text) << yaml_word(text);
  }
  EXPECT_EQ(yaml_list({"a", "b c", "d,"}), R"([a, b c, "d,"])");
  EXPECT_THROW(yaml_word("\xe9"), UserError);
}

}  // namespace
}  // namespace radlads
