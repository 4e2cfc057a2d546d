#include "io/utf8.h"

#include <string>

#include <gtest/gtest.h>

namespace radlads {
namespace {

using namespace std::string_view_literals;

bool is_valid(std::string_view text) { return valid_utf8_prefix(text) == text.size(); }

std::string encoded(uint32_t c) {
  const auto tail = [&](int shift) { return static_cast<char>(0x80 | (c >> shift & 0x3F)); };
  if (c < 0x80) return {static_cast<char>(c)};
  if (c < 0x800) return {static_cast<char>(0xC0 | c >> 6), tail(0)};
  if (c < 0x10000) return {static_cast<char>(0xE0 | c >> 12), tail(6), tail(0)};
  return {static_cast<char>(0xF0 | c >> 18), tail(12), tail(6), tail(0)};
}

TEST(Utf8, EveryCharacterIsValidAndNoneOfItsPrefixes) {
  for (uint32_t c = 0; c <= 0x10FFFF; ++c) {
    const std::string text = encoded(c);
    const bool is_surrogate = c >= 0xD800 && c <= 0xDFFF;
    ASSERT_EQ(is_valid(text), !is_surrogate) << c;
    for (size_t size = 1; size < text.size(); ++size)
      ASSERT_EQ(valid_utf8_prefix(text.substr(0, size)), 0u) << c;
  }
}

// With the test above, equal counts mean that nothing else is valid.
TEST(Utf8, NothingElseIsValid) {
  int two = 0, three = 0, four = 0;
  for (int a = 0x80; a < 0x100; ++a) {
    for (int b = 0; b < 0x100; ++b) {
      const std::string pair = {static_cast<char>(a), static_cast<char>(b)};
      two += is_valid(pair);
      for (int c = 0; c < 0x100; ++c) three += is_valid(pair + static_cast<char>(c)) && !is_valid(pair);
      for (const char c : "\x7F\x80\xBF\xC0"sv) {
        for (const char d : "\x7F\x80\xBF\xC0"sv) four += a >= 0xF0 && is_valid(pair + c + d);
      }
    }
  }
  EXPECT_EQ(two, 0x800 - 0x80);
  EXPECT_EQ(three, 0x10000 - 0x800 - 0x800);
  EXPECT_EQ(four, 0x100000 / 0x1000 * 4);
}

TEST(Utf8, GivesThePositionOfTheFirstBadByte) {
  const std::string text = "abcdefghijklmnopqrstuvwxyz é € 😀 the end";
  EXPECT_TRUE(is_valid(text));
  EXPECT_EQ(valid_utf8_prefix(""), 0u);
  for (size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0u) == 0x80u) continue;
    std::string damaged = text;
    damaged[i] = '\xFF';
    ASSERT_EQ(valid_utf8_prefix(damaged), i);
  }
}

}  // namespace
}  // namespace radlads
