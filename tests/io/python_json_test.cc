#include "io/python_json.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/sha256.h"

namespace radlads {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// Expected texts were printed by CPython 3.11.

TEST(PythonReprFloat, IsPythons) {
  std::istringstream texts(
      "0.0 -0.0 1.0 -1.5 0.1 0.3333333333333333 1000000000000000.0 9999999999999998.0 1e+16 1.2345e+16 "
      "1.2345678901234568e+17 1e+22 1e+23 1e+100 0.0001 0.00012345 1e-05 1.5e-05 1.234e-07 "
      "2.2250738585072014e-308 1.7976931348623157e+308 100.0 1234.5 9007199254740992.0 5.684341886080802e-14 "
      "-12345678.9 0.30000000000000004 299792458.0 6.02214076e+23");
  for (std::string text; texts >> text;) EXPECT_EQ(python_repr_float(std::stod(text)), text);
  EXPECT_EQ(python_repr_float(std::numeric_limits<double>::denorm_min()), "5e-324");
  EXPECT_EQ(python_repr_float(kInfinity), "inf");
  EXPECT_EQ(python_repr_float(-kInfinity), "-inf");
  EXPECT_EQ(python_repr_float(kNan), "nan");
}

/// The numbers x <- 6364136223846793005 x + 1442695040888963407 modulo 2^64, from 1.
class Congruence {
 public:
  uint64_t next() { return state_ = state_ * 6364136223846793005u + 1442695040888963407u; }

 private:
  uint64_t state_ = 1;
};

// sha256("".join(repr(v) + "\n" for v in values).encode()).hexdigest(), where values are the first 20000
// finite ones of struct.unpack("<d", struct.pack("<Q", x))[0]
TEST(PythonReprFloat, OfRandomBits) {
  Congruence numbers;
  std::string text;
  for (int count = 0; count < 20'000;) {
    const auto value = std::bit_cast<double>(numbers.next());
    if (!std::isfinite(value)) continue;
    text += python_repr_float(value) + '\n';
    ++count;
  }
  EXPECT_EQ(sha256_hex(text), "9bf30c5fd9d5d5f39b5c9b9f5c42b54f276c64c021c1e84efbc974c0463f10f9");
}

// The same of (x >> 40) / 10 ** (x >> 33 & 7), the sizes that scores have.
TEST(PythonReprFloat, OfDecimals) {
  constexpr double kPowers[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7};
  Congruence numbers;
  std::string text;
  for (int count = 0; count < 20'000; ++count) {
    const uint64_t x = numbers.next();
    text += python_repr_float(static_cast<double>(x >> 40) / kPowers[x >> 33 & 7]) + '\n';
  }
  EXPECT_EQ(sha256_hex(text), "b93af58cd933d9dc3d636e4c8e6aaba87a00115aa8013eaed5977e58d98cb5b1");
}

constexpr const char* kDocument =
    R"json({"a": [1, -2, 3.5, 1e20, null, true, false], "empty": [], "none": {}, "deep": {"list": [[], [1], {"x": "y"}]}, "big": 18446744073709551615, "low": -9223372036854775808, "é": "\u00e9\u4e2d\ud83d\ude00 \"\\/\b\f\n\r\t\u0000\u001f", "": 1.0})json";

// json.dumps(json.loads(document), indent=indent, ensure_ascii=ensure_ascii)
TEST(PythonJson, IsPythons) {
  const Json document = Json::parse(kDocument);
  EXPECT_EQ(
      python_json(document, -1, true),
      R"json({"a": [1, -2, 3.5, 1e+20, null, true, false], "empty": [], "none": {}, "deep": {"list": [[], [1], {"x": "y"}]}, "big": 18446744073709551615, "low": -9223372036854775808, "\u00e9": "\u00e9\u4e2d\ud83d\ude00 \"\\/\b\f\n\r\t\u0000\u001f", "": 1.0})json");
  EXPECT_EQ(
      python_json(document, -1, false),
      R"json({"a": [1, -2, 3.5, 1e+20, null, true, false], "empty": [], "none": {}, "deep": {"list": [[], [1], {"x": "y"}]}, "big": 18446744073709551615, "low": -9223372036854775808, "é": "é中😀 \"\\/\b\f\n\r\t\u0000\u001f", "": 1.0})json");
  EXPECT_EQ(python_json(document, 2, true), R"json({
  "a": [
    1,
    -2,
    3.5,
    1e+20,
    null,
    true,
    false
  ],
  "empty": [],
  "none": {},
  "deep": {
    "list": [
      [],
      [
        1
      ],
      {
        "x": "y"
      }
    ]
  },
  "big": 18446744073709551615,
  "low": -9223372036854775808,
  "\u00e9": "\u00e9\u4e2d\ud83d\ude00 \"\\/\b\f\n\r\t\u0000\u001f",
  "": 1.0
})json");
  EXPECT_EQ(python_json(document, 4, false), R"json({
    "a": [
        1,
        -2,
        3.5,
        1e+20,
        null,
        true,
        false
    ],
    "empty": [],
    "none": {},
    "deep": {
        "list": [
            [],
            [
                1
            ],
            {
                "x": "y"
            }
        ]
    },
    "big": 18446744073709551615,
    "low": -9223372036854775808,
    "é": "é中😀 \"\\/\b\f\n\r\t\u0000\u001f",
    "": 1.0
})json");
}

TEST(PythonJson, OfPlainValues) {
  EXPECT_EQ(python_json(Json::array({1, Json::array()}), 0, false), "[\n1,\n[]\n]");
  EXPECT_EQ(python_json(Json::array(), 2, false), "[]");
  EXPECT_EQ(python_json(Json::object(), 2, false), "{}");
  EXPECT_EQ(python_json("\x7F\u2028", -1, true), R"("\u007f\u2028")");
  EXPECT_EQ(python_json("\x7F\u2028", -1, false), "\"\x7F\u2028\"");
  EXPECT_EQ(python_json("x", 2, false), "\"x\"");
  EXPECT_EQ(python_json(Json::array({kNan, kInfinity, -kInfinity, 1e16}), -1, false),
            "[NaN, Infinity, -Infinity, 1e+16]");
}

}  // namespace
}  // namespace radlads
