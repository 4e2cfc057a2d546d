#include "io/json.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "io/printable.h"
#include "support/temp_folder.h"

namespace radlads {
namespace {

std::string refusal(std::string_view text) {
  try {
    parse_json(text, "[op] thing", "a.json");
  } catch (const UserError& error) {
    return error.what();
  }
  return {};
}

TEST(ParseJson, ReadsAValue) {
  const auto value =
      parse_json(R"( {"a": [1, -2, 3.5, null, true], "b": {"a": "\u00e9"}} )", "[op] thing", "a.json");
  EXPECT_EQ(value["a"].size(), 5u);
  EXPECT_EQ(value["b"]["a"], "é");
}

TEST(ParseJson, RefusesInOneLine) {
  EXPECT_EQ(refusal(""), "[op] thing: there is no JSON in a.json");
  EXPECT_EQ(refusal(R"({"a": 1)"), "[op] thing: the JSON is cut off after byte 7 in a.json");
  EXPECT_EQ(refusal(R"({"a": 1}})"), "[op] thing: invalid JSON: unexpected '}' at byte 9 in a.json");
  EXPECT_EQ(refusal("[\"\xFF\"]"),
            "[op] thing: byte 3 (0xFF) is not valid UTF-8 in a.json; convert the file to UTF-8");
  EXPECT_EQ(refusal("[\"a\nb\"]"), "[op] thing: invalid JSON: unexpected byte 0x0A at byte 4 in a.json");
  EXPECT_EQ(refusal("<!DOCTYPE html>"), "[op] thing: is a web page in a.json; download the file itself");
  EXPECT_EQ(refusal("version https://git-lfs.github.com/spec/v1\n"),
            "[op] thing: is a Git LFS pointer, not the file itself in a.json; fetch it with `git lfs pull`");
  EXPECT_EQ(refusal("[NaN]"), "[op] thing: invalid JSON: unexpected 'N' at byte 2 in a.json");
  EXPECT_EQ(refusal("[1e999]"), "[op] thing: the number that ends at byte 6 is too large in a.json");
  EXPECT_EQ(refusal(R"(["\ud800"])"), "[op] thing: \\ud800 is half of a surrogate pair in a.json");
}

TEST(ParseJson, RefusesWhatStandsAfterTheValue) {
  EXPECT_EQ(refusal("{} {}"), "[op] thing: invalid JSON: unexpected '{' at byte 4 in a.json");
  EXPECT_EQ(refusal("1 x"), "[op] thing: invalid JSON: unexpected 'x' at byte 3 in a.json");
  using namespace std::string_view_literals;
  EXPECT_EQ(refusal("{}\0"sv), "[op] thing: invalid JSON: unexpected byte 0x00 at byte 3 in a.json");
  EXPECT_EQ(refusal("{}\0{}"sv), "[op] thing: invalid JSON: unexpected byte 0x00 at byte 3 in a.json");
  EXPECT_EQ(refusal("[1,\0 2]"sv), "[op] thing: invalid JSON: unexpected byte 0x00 at byte 4 in a.json");
  EXPECT_EQ(refusal("{} \r\n\t"), "");
}

TEST(ParseJson, KeepsTheOrderOfKeys) {
  const std::string text = R"({"b":1,"a":{"d":[],"c":{}},"":null})";
  EXPECT_EQ(parse_ordered_json(text, "[op] thing", "a.json").dump(), text);
  EXPECT_EQ(parse_json(text, "[op] thing", "a.json").dump(), R"({"":null,"a":{"c":{},"d":[]},"b":1})");
}

TEST(ParseJson, TakesTimeInProportionToTheText) {
  // 200,000 members: where each is compared with all before it, this takes minutes.
  std::string text = "{";
  for (int i = 0; i < 200'000; ++i) text += fmt::format("{}\"key{}\": [{}]", i == 0 ? "" : ", ", i, i);
  text += "}";
  EXPECT_EQ(parse_json(text, "[op] thing", "a.json").size(), 200'000u);
  EXPECT_EQ(parse_ordered_json(text, "[op] thing", "a.json").size(), 200'000u);
}

TEST(ParseJson, RefusesAKeyThatIsThereTwice) {
  EXPECT_EQ(refusal(R"({"a": 1, "b": {"a": 1}, "a": 2})"),
            "[op] thing: the key \"a\" appears twice in a.json");
  EXPECT_EQ(refusal(R"([{"a": 1}, {"a": 1, "\u0061": 2}])"),
            "[op] thing: the key \"a\" appears twice in a.json");
}

TEST(ParseJson, RefusesDeepNesting) {
  const auto nested = [](size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_EQ(refusal(nested(64)), "");
  EXPECT_EQ(refusal(nested(65)), "[op] thing: JSON nested deeper than 64 in a.json");
  EXPECT_EQ(refusal(std::string(5'000'000, '[')), "[op] thing: JSON nested deeper than 64 in a.json");
}

TEST(Printable, IsOneBoundedLine) {
  EXPECT_EQ(printable("model.norm.weight"), "model.norm.weight");
  EXPECT_EQ(printable(std::string_view("a\nb\0c\x7F", 6)), "a?b?c?");
  EXPECT_EQ(printable(std::string(101, 'x')), std::string(100, 'x') + "...");
  // A character at the border stays out whole.
  EXPECT_EQ(printable(std::string(99, 'x') + "éé"), std::string(99, 'x') + "...");
}

TEST(InQuotes, IsAsciiOfBoundedLength) {
  EXPECT_EQ(in_quotes("a\n\"é\xFF"), R"("a\n\"\u00e9\ufffd")");
  EXPECT_EQ(in_quotes(std::string(41, 'x')), '"' + std::string(40, 'x') + "...\"");
}

}  // namespace
}  // namespace radlads
