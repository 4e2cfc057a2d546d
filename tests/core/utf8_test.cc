#include "core/utf8.h"

#include <vector>

#include <gtest/gtest.h>

#include "core/random.h"

namespace radlads {
namespace {

using namespace std::string_view_literals;

std::string repaired(std::string_view bytes) {
  std::string storage;
  return std::string(repair_utf8(bytes, storage));
}

TEST(Utf8, EveryCharacterIsReadAsWritten) {
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    std::string bytes;
    append_utf8(c, bytes);
    const Utf8Part part = read_utf8(bytes);
    if (c >= 0xD800 && c < 0xE000) {
      ASSERT_EQ(part.status, Utf8Status::kInvalid);
      continue;
    }
    ASSERT_EQ(part.status, Utf8Status::kValid) << uint32_t{c};
    ASSERT_EQ(part.character, c);
    ASSERT_EQ(part.length, bytes.size());
    size_t position = 0;
    ASSERT_EQ(next_character(bytes, position), c);
    ASSERT_EQ(position, bytes.size());
    for (size_t size = 1; size < bytes.size(); ++size) {
      ASSERT_EQ(read_utf8(std::string_view(bytes).substr(0, size)).status, Utf8Status::kUnfinished);
    }
  }
}

// With the test above, equal counts mean that nothing else is valid.
TEST(Utf8, NothingElseIsValid) {
  int two = 0, three = 0, four = 0;
  for (int a = 0x80; a < 0x100; ++a) {
    for (int b = 0; b < 0x100; ++b) {
      const std::string pair = {static_cast<char>(a), static_cast<char>(b)};
      two += is_utf8(pair);
      for (int c = 0; c < 0x100; ++c) three += is_utf8(pair + static_cast<char>(c)) && !is_utf8(pair);
      for (const char c : "\x7F\x80\xBF\xC0"sv) {
        for (const char d : "\x7F\x80\xBF\xC0"sv) four += a >= 0xF0 && is_utf8(pair + c + d);
      }
    }
  }
  EXPECT_EQ(two, 0x800 - 0x80);
  EXPECT_EQ(three, 0x10000 - 0x800 - 0x800);
  EXPECT_EQ(four, 0x100000 / 0x1000 * 4);
}

TEST(Utf8, TheValidPrefixEndsAtTheFirstBadByte) {
  const std::string text = "abcdefghijklmnopqrstuvwxyz é € 😀 the end";
  EXPECT_EQ(valid_utf8_prefix(text), text.size());
  EXPECT_EQ(valid_utf8_prefix(""), 0u);
  for (size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0u) == 0x80u) continue;
    std::string damaged = text;
    damaged[i] = '\xFF';
    ASSERT_EQ(valid_utf8_prefix(damaged), i);
  }
}

// The examples of the Unicode Standard 16, tables 3-8 to 3-11, and more.
TEST(Utf8, EachMaximalInvalidPartBecomesOneReplacement) {
  const std::string r(kReplacementCharacter);
  EXPECT_EQ(repaired("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41"), r + r + r + r + r + r + r + r + "A");
  EXPECT_EQ(repaired("\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41"), r + r + r + r + r + r + r + r + "A");
  EXPECT_EQ(repaired("\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42"), r + r + r + r + r + "A" + r + r + "B");
  EXPECT_EQ(repaired("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41"), r + r + r + r + "A");
  EXPECT_EQ(repaired("\xF0\x9F\x98"), r);
  EXPECT_EQ(repaired("abcdefgh\xFFijklmnop"), "abcdefgh" + r + "ijklmnop");
  EXPECT_EQ(repaired(""), "");
}

TEST(Utf8, ValidTextIsNotCopied) {
  const std::string text = "plain, é, 中, 😀";
  std::string storage;
  EXPECT_EQ(repair_utf8(text, storage).data(), text.data());
  EXPECT_TRUE(is_utf8(text));
  EXPECT_FALSE(is_utf8("a\xE4\xBD"));
}

TEST(Utf8Repairer, AStreamIsMendedAsTheWhole) {
  Random random(1, Random::stream_of("repairer"));
  const std::string_view parts[] = {"a",        "é",    "中",           "😀",  "\xE4", "\xBD",
                                    "\xF0\x9F", "\xFF", "\xED\xA0\x80", "xyz"};
  for (int round = 0; round < 2000; ++round) {
    std::string bytes;
    for (uint64_t i = random.below(12); i > 0; --i) bytes += parts[random.below(std::size(parts))];
    Utf8Repairer repairer;
    std::string streamed;
    for (std::string_view rest = bytes; !rest.empty();) {
      const size_t size = 1 + random.below(std::min<size_t>(rest.size(), 4));
      repairer.push(rest.substr(0, size), streamed);
      ASSERT_TRUE(is_utf8(streamed));
      rest.remove_prefix(size);
    }
    repairer.finish(streamed);
    ASSERT_EQ(streamed, repaired(bytes));
  }
}

TEST(Utf8Repairer, InvalidBytesAreReportedAtOnce) {
  Utf8Repairer repairer;
  std::string out;
  repairer.push("\xE4\xBD", out);
  EXPECT_EQ(out, "");
  repairer.push("x", out);
  EXPECT_EQ(out, std::string(kReplacementCharacter) + "x");
}

}  // namespace
}  // namespace radlads
