#include "io/json_cursor.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/random.h"
#include "io/damage.h"
#include "io/json.h"

namespace radlads {
namespace {

const std::filesystem::path kFile = "a.json";
constexpr JsonRules kPython = {.python_numbers = true, .repeated_keys = true};

/// What `read` is told; "" if it is content.
template <class Read>
std::string refusal(std::string_view text, const Read& read, JsonRules rules = {}) {
  try {
    JsonCursor cursor(text, {"[op]", kFile, 3}, rules);
    read(cursor);
    cursor.finish();
  } catch (const UserError& error) {
    return error.what();
  }
  return {};
}

void skip(JsonCursor& cursor) { cursor.skip(); }
void read_string(JsonCursor& cursor) { cursor.string(); }

std::string string_of(std::string_view text) {
  JsonCursor cursor(text, {"[op]", kFile});
  return cursor.string();
}

TEST(JsonCursor, ReadsWithoutATree) {
  JsonCursor json(
      R"( {"a": [1, {"b": [[], {}]}, "x"], "skipped": {"a": [null, "]"]}, "c": true, "d": null} )",
      {"[op]", kFile});
  std::string seen;
  json.enter_object();
  while (const auto key = json.next_key()) {
    seen += *key;
    if (*key == "a") {
      json.enter_array();
      while (json.next_element()) {
        seen += fmt::format("({})", json.kind_name());
        json.skip();
      }
    } else if (*key == "c") {
      seen += json.boolean() ? "+" : "-";
    } else {
      json.skip();
    }
  }
  json.finish();
  EXPECT_EQ(seen, "a(a number)(an object)(a string)skippedc+d");
}

TEST(JsonCursor, Strings) {
  EXPECT_EQ(string_of(R"("a\"\\\/\b\f\n\r\tz")"), "a\"\\/\b\f\n\r\tz");
  EXPECT_EQ(string_of(R"("\u0041\u00e9\u20AC\ud83d\ude00\u0000.")"), std::string("Aé€😀\0.", 12));
  std::string storage;
  const std::string text = R"("plain")";
  JsonCursor plain(text, {"[op]", kFile});
  EXPECT_EQ(plain.string(storage).data(), text.data() + 1);  // no copy
  for (const char* half :
       {R"("\ud83d")", R"("\ud83dx")", R"("\ud83d\n")", R"("\ud83d\ud83d")", R"("\ude00")"}) {
    EXPECT_NE(refusal(half, read_string).find("is half of a surrogate pair in a.json"), std::string::npos)
        << half;
    EXPECT_EQ(refusal(half, skip), "") << half;
  }
  for (const char* bad :
       {R"("\x")", R"("\u12g4")", R"("\u123")", "\"a\tb\"", R"("a)", R"("\)", "\"\\", R"('a')"}) {
    EXPECT_NE(refusal(bad, read_string), "") << bad;
    EXPECT_NE(refusal(bad, skip), "") << bad;
  }
}

TEST(JsonCursor, Numbers) {
  const auto number = [](std::string_view text, JsonRules rules = {}) {
    JsonCursor cursor(text, {"[op]", kFile}, rules);
    return cursor.number();
  };
  EXPECT_EQ(number("-9223372036854775808"), JsonCursor::Number(std::numeric_limits<int64_t>::min()));
  EXPECT_EQ(number("-0"), JsonCursor::Number(int64_t{0}));
  EXPECT_EQ(number("18446744073709551615"), JsonCursor::Number(std::numeric_limits<uint64_t>::max()));
  EXPECT_EQ(number("18446744073709551616"), JsonCursor::Number(18446744073709551616.0));
  EXPECT_EQ(number("1.5E+3"), JsonCursor::Number(1500.0));
  EXPECT_EQ(number("1e-400"), JsonCursor::Number(0.0));
  EXPECT_EQ(number("-1e400", kPython), JsonCursor::Number(-std::numeric_limits<double>::infinity()));
  EXPECT_EQ(number("-Infinity", kPython), JsonCursor::Number(-std::numeric_limits<double>::infinity()));
  EXPECT_TRUE(std::isnan(std::get<double>(number("NaN", kPython))));
  EXPECT_EQ(refusal("1e400", [](JsonCursor& c) { c.number(); }),
            "[op] line 3: the number that ends at byte 5 is too large in a.json");
  const JsonRules exact = {.python_numbers = true, .exact_integers = true};
  EXPECT_EQ(number("18446744073709551615", exact), JsonCursor::Number(uint64_t{18446744073709551615U}));
  EXPECT_EQ(number("1e22", exact), JsonCursor::Number(1e22));
  EXPECT_EQ(
      refusal(
          "-9223372036854775809", [](JsonCursor& c) { c.number(); }, exact),
      "[op] line 3: the integer that ends at byte 20 has more than 64 bits in a.json; make it a string");
  EXPECT_EQ(refusal("NaN", skip), "[op] line 3: invalid JSON: unexpected 'N' at byte 1 in a.json");
  for (const char* bad : {"01", "1.", ".5", "+1", "-", "1e", "1e+", "--1", "-NaN", "Nan", "Infinit", "0x1"})
    EXPECT_NE(refusal(bad, skip, kPython), "") << bad;
}

TEST(JsonCursor, SkipsAnyDepth) {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_EQ(refusal(deep, skip), "");
  EXPECT_NE(refusal(deep.substr(1), skip), "");
  EXPECT_NE(refusal(deep.substr(0, deep.size() - 1), skip), "");
}

TEST(JsonCursor, NamesTheLineOfALongText) {
  EXPECT_EQ(refusal("{\n \"a\": 1,\n}", skip),
            "[op] line 3: invalid JSON: unexpected '}' at byte 12 (line 3) in a.json");
}

TEST(JsonCursor, RefusesAnotherKindOfValue) {
  EXPECT_EQ(refusal("[1]", read_string), "[op] line 3: invalid JSON: unexpected '[' at byte 1 in a.json");
}

TEST(ReadJson, PythonTakesTheLastOfAKeyThatIsThereTwice) {
  EXPECT_EQ(parse_ordered_json(R"({"a": 1, "b": NaN, "a": {"c": 1e999}})", "[op]", kFile, kPython).dump(),
            R"({"a":{"c":null},"b":null})");  // what is not finite, dump() writes as null
}

/// nlohmann's parser, without its liking for NUL as an end.
bool accepted_by_nlohmann(const std::string& text) {
  return text.find('\0') == std::string::npos && nlohmann::json::accept(text);
}

TEST(JsonCursor, AgreesWithAnotherParserOnDamagedTexts) {
  const std::string text =
      R"({"a": [1, -2.5e3, true, false, null, "x\n\u00e9\ud83d\ude00é"], "b": {"c": [], "d": {}}, "e": 0.1})";
  Random random(1, 0);
  int refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::string damaged_text = damaged(text, random);
    std::string why;
    nlohmann::json tree;
    try {
      tree = parse_json(damaged_text, "[op]", kFile, {.repeated_keys = true});
    } catch (const UserError& error) {
      why = error.what();
    }
    refused += why.empty() ? 0 : 1;
    ASSERT_EQ(why.empty(), accepted_by_nlohmann(damaged_text)) << damaged_text << "\n" << why;
    if (why.empty()) {
      EXPECT_EQ(tree, nlohmann::json::parse(damaged_text)) << damaged_text;
      EXPECT_EQ(refusal(damaged_text, skip), "");
    }
  }
  EXPECT_GT(refused, 5'000);
  EXPECT_LT(refused, 19'000);
}

}  // namespace
}  // namespace radlads
