#include "io/json_field.h"

#include <cmath>

#include <gtest/gtest.h>

#include "core/error.h"
#include "core/random.h"
#include "io/json.h"
#include "support/temp_folder.h"

namespace radlads {
namespace {

using nlohmann::json;

/// What `read` is told about the field "f" of {"f": VALUE}.
template <class Read>
std::string refusal(const json& value, const Read& read) {
  const json root = {{"f", value}};
  try {
    read(JsonField(root, "op", "a.json").at("f"));
  } catch (const UserError& error) {
    return error.what();
  }
  return {};
}

TEST(JsonField, ReadsEachType) {
  const json root = json::parse(R"({"b": true, "i": -5, "u": 7, "d": 2.5, "s": "é", "a": [1, 2],
                                    "w": ["x", "y"], "o": {"k": {"l": null}}})");
  const JsonField field(root, "op", "a.json");
  EXPECT_TRUE(field.at("b").as_bool());
  EXPECT_EQ(field.at("i").as_integer(-5, 0), -5);
  EXPECT_EQ(field.at("u").as_integer(), 7);
  EXPECT_EQ(field.at("u").as_number(), 7);
  EXPECT_EQ(field.at("d").as_number(), 2.5);
  EXPECT_EQ(field.at("s").as_string(), "é");
  EXPECT_EQ(field.at("s").as_character(), U'é');
  EXPECT_EQ(field.at("a").as_integers(1, 2), (std::vector<int64_t>{1, 2}));
  EXPECT_EQ(field.at("w").as_strings(), (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(field.at("o").members().at(0).first, "k");
  EXPECT_EQ(field.at("o").at("k").at("l").path(), "o.k.l");
  EXPECT_FALSE(field.find("none"));
  EXPECT_FALSE(field.at("o").at("k").find("l"));
  EXPECT_TRUE(field.or_null("none").is_null());
  EXPECT_TRUE(field.flag_or("none", true));
  EXPECT_TRUE(field.flag_or("b", false));
  enum class Kind { kX, kE };
  EXPECT_EQ(field.at("s").as_one_of<Kind>({{"x", Kind::kX}, {"é", Kind::kE}}), Kind::kE);
}

TEST(JsonField, SaysWhatIsWrongAndWhere) {
  const auto integer = [](const JsonField& f) { f.as_integer(0, 9); };
  EXPECT_EQ(refusal(10, integer), "[op] f: 10 is not between 0 and 9 in a.json");
  EXPECT_EQ(refusal(-1, integer), "[op] f: -1 is not between 0 and 9 in a.json");
  EXPECT_EQ(refusal(1.0, integer), "[op] f: must be a whole number, not 1.0 in a.json");
  EXPECT_EQ(refusal("1", integer), "[op] f: must be a whole number, not \"1\" in a.json");
  EXPECT_EQ(refusal(nullptr, integer), "[op] f: must be a whole number, not null in a.json");
  EXPECT_EQ(
      refusal(UINT64_MAX, [](const JsonField& f) { f.as_integer(); }),
      "[op] f: 18446744073709551615 is not between -9223372036854775808 and 9223372036854775807 in a.json");
  EXPECT_EQ(refusal(json::parse("1234567890123456789012345"), integer),
            "[op] f: must be a whole number, not 1.2345678901234568e+24 in a.json");
  const auto number = [](const JsonField& f) { f.as_number(); };
  EXPECT_EQ(refusal(std::nan(""), number), "[op] f: must be a finite number, not nan in a.json");
  EXPECT_EQ(refusal(true, number), "[op] f: must be a number, not true in a.json");
  EXPECT_EQ(refusal(1, [](const JsonField& f) { f.as_bool(); }),
            "[op] f: must be true or false, not 1 in a.json");
  const auto text = [](const JsonField& f) { f.as_string(); };
  EXPECT_EQ(refusal(json::array(), text), "[op] f: must be a string, not an array in a.json");
  EXPECT_EQ(refusal("a\xFF", text), "[op] f: must be valid UTF-8, not \"a\\ufffd\" in a.json");
  EXPECT_EQ(refusal("ab", [](const JsonField& f) { f.as_character(); }),
            "[op] f: must be one character, not \"ab\" in a.json");
  EXPECT_EQ(refusal("z",
                    [](const JsonField& f) {
                      f.as_one_of<int>({{"x", 1}, {"y", 2}});
                    }),
            "[op] f: must be one of x, y, not \"z\" in a.json");
  EXPECT_EQ(refusal({1, "x"}, [](const JsonField& f) { f.as_integers(0, 9); }),
            "[op] f[1]: must be a whole number, not \"x\" in a.json");
  EXPECT_EQ(refusal("x", [](const JsonField& f) { f.elements(); }),
            "[op] f: must be an array, not \"x\" in a.json");
  EXPECT_EQ(refusal("x", [](const JsonField& f) { f.at("y"); }),
            "[op] f: must be an object, not \"x\" in a.json");
  EXPECT_EQ(refusal({{"y", 1}}, [](const JsonField& f) { f.at("z"); }), "[op] f.z: is missing in a.json");
  EXPECT_EQ(refusal({{"y\n", 1}}, [](const JsonField& f) { f.at("y\n").as_bool(); }),
            "[op] f.y?: must be true or false, not 1 in a.json");
  EXPECT_EQ(refusal({{"y", 1}, {"z", 1}}, [](const JsonField& f) { f.allow_only({"y"}); }),
            "[op] f: field \"z\" is not supported in a.json");
}

TEST(JsonField, KeepsTheOrderOfAnOrderedObject) {
  const auto root = parse_ordered_json(R"({"b": 1, "a": 2})", "[op] thing", "a.yaml");
  const OrderedJsonField field(root, "op", "line 3 of a.yaml", "task x");
  EXPECT_EQ(field.members().front().first, "b");
  EXPECT_EQ(field.at("b").path(), "task x.b");
}

TEST(JsonFile, IsReadStrictly) {
  const TempFolder folder;
  EXPECT_EQ(JsonFile(folder.write("a.json", R"({"a": 1})"), "op").root().at("a").as_integer(), 1);
  EXPECT_EQ(user_error(folder, [&] { JsonFile(folder.write("a.json", "{}x"), "op"); }),
            "[op] a.json: invalid JSON: unexpected 'x' at byte 3 in DIR/a.json");
  EXPECT_EQ(user_error(folder, [&] { JsonFile(folder.write("a.json", "[]"), "op").root().at("a"); }),
            "[op] the file must contain a JSON object, not an array, in DIR/a.json");
}

/// A random value, now and then a string that is not UTF-8.
json random_value(Random& random, int depth) {
  switch (random.below(depth > 0 ? 10 : 8)) {
    case 0:
      return nullptr;
    case 1:
      return random.below(2) == 0;
    case 2:
      return random.below(UINT64_MAX);
    case 3:
      return -static_cast<int64_t>(random.below(INT64_MAX));
    case 4:
      return static_cast<double>(random.below(100)) / 8;
    case 5:
      return std::nan("");
    case 6:
      return "x";
    case 7:
      return "\xED\xA0\x80";
    case 8:
      return {random_value(random, depth - 1), random_value(random, depth - 1)};
    default:
      return {{"f", random_value(random, depth - 1)}, {"\xFF", random_value(random, depth - 1)}};
  }
}

TEST(JsonField, OnlyUserErrorsLeaveIt) {
  Random random(1, 0);
  const auto survives = [](const auto& read) {
    try {
      read();
    } catch (const UserError&) {
    }
  };
  for (int i = 0; i < 3000; ++i) {
    const json root = random_value(random, 3);
    const JsonField f(root, "op", "a.json");
    survives([&] { f.as_bool(); });
    survives([&] { f.as_integer(0, 5); });
    survives([&] { f.as_number(); });
    survives([&] { f.as_string(); });
    survives([&] { f.as_character(); });
    survives([&] { f.as_strings(); });
    survives([&] { f.as_integers(-1, 7); });
    survives([&] { f.as_one_of<int>({{"x", 1}}); });
    survives([&] { f.allow_only({"f"}); });
    survives([&] { f.at("f").elements(); });
    survives([&] { f.find("f"); });
    survives([&] { f.flag_or("f", true); });
    survives([&] { f.type(); });
    survives([&] { f.fail_unsupported_type(); });
    survives([&] { f.fail("{}", f.shown()); });
    survives([&] {
      for (const auto& [key, member] : f.members()) member.fail("{}", member.shown());
    });
  }
}

}  // namespace
}  // namespace radlads
