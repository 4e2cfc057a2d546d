#include "text/unicode.h"

#include <cstdlib>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <utf8proc.h>

#include "core/random.h"
#include "core/utf8.h"

namespace radlads::text {
namespace {

std::string utf8(char32_t character) {
  std::string bytes;
  append_utf8(character, bytes);
  return bytes;
}

// utf8proc's own normalization of the whole text at once.
std::string reference_form(const std::string& valid, int options) {
  utf8proc_uint8_t* mapped = nullptr;
  const auto size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(valid.data()), std::ssize(valid),
                                 &mapped, static_cast<utf8proc_option_t>(UTF8PROC_STABLE | options));
  const std::string result(reinterpret_cast<const char*>(mapped), size);
  std::free(mapped);
  return result;
}

TEST(UnicodeForm, KnownValues) {
  EXPECT_EQ(to_form("e\u0301", UnicodeForm::kNfc), "é");
  EXPECT_EQ(to_form("é", UnicodeForm::kNfd), "e\u0301");
  EXPECT_EQ(to_form("ﬁ①\u00A0", UnicodeForm::kNfkc), "fi1 ");
  EXPECT_EQ(to_form("ﬁé", UnicodeForm::kNfkd), "fie\u0301");
  EXPECT_EQ(to_form("각", UnicodeForm::kNfd), "\u1100\u1161\u11A8");
  EXPECT_EQ(to_form("가\u11A8", UnicodeForm::kNfc), "각");
  EXPECT_EQ(to_form("か\u3099", UnicodeForm::kNfc), "が");
  EXPECT_EQ(to_form("q\u0307\u0323", UnicodeForm::kNfc), "q\u0323\u0307");
  EXPECT_EQ(to_form("\u2126\u0344", UnicodeForm::kNfc), "\u03A9\u0308\u0301");
  EXPECT_EQ(to_form("", UnicodeForm::kNfc), "");
}

// The short cut for stable characters changes nothing, wherever they stand.
TEST(UnicodeForm, NfcOfEveryCharacterIsThatOfUtf8proc) {
  for (char32_t c = 1; c <= 0x2FFFF; ++c) {
    if (c >= 0xD800 && c < 0xE000) continue;
    const std::string text = fmt::format("e{0}\u0301か{0}\u0316\u0301", utf8(c));
    ASSERT_EQ(to_form(text, UnicodeForm::kNfc), reference_form(text, UTF8PROC_COMPOSE)) << uint32_t{c};
  }
}

TEST(UnicodeForm, RandomTextsAreThoseOfUtf8proc) {
  const std::string_view parts[] = {"a",      "e",      "é",      "中",     "\u0301", "\u0316", "\u0345",
                                    "か",     "\u3099", "가",     "\u1100", "\u1161", "\u11A8", "\u0F71",
                                    "\u0F72", "\u09C7", "\u09BE", "Å",      "ﬁ"};
  Random random(1, Random::stream_of("forms"));
  for (int round = 0; round < 5000; ++round) {
    std::string text;
    for (uint64_t i = random.below(15); i > 0; --i) text += parts[random.below(std::size(parts))];
    ASSERT_EQ(to_form(text, UnicodeForm::kNfc), reference_form(text, UTF8PROC_COMPOSE));
    ASSERT_EQ(to_form(text, UnicodeForm::kNfd), reference_form(text, UTF8PROC_DECOMPOSE));
    ASSERT_EQ(to_form(text, UnicodeForm::kNfkc), reference_form(text, UTF8PROC_COMPOSE | UTF8PROC_COMPAT));
    ASSERT_EQ(to_form(text, UnicodeForm::kNfkd), reference_form(text, UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT));
  }
}

TEST(UnicodeForm, ALongRunOfMarksTakesNoQuadraticTime) {
  std::string text = "e", wanted = "e";
  constexpr int kMarks = 100'000;
  for (int i = 0; i < kMarks; ++i) text += "\u0307\u0323";
  wanted = "\u1EB9";  // the first mark below composes
  for (int i = 1; i < kMarks; ++i) wanted += "\u0323";
  for (int i = 0; i < kMarks; ++i) wanted += "\u0307";
  EXPECT_EQ(to_form(text, UnicodeForm::kNfc), wanted);
}

TEST(Unicode, Classes) {
  int num_spaces = 0;
  for (char32_t c = 0; c <= 0x10FFFF; ++c) num_spaces += is_white_space(c);
  EXPECT_EQ(num_spaces, 25);  // the property White_Space
  for (const char32_t c : {0x1Cu, 0x1Fu, 0x180Eu, 0x200Bu, 0xFEFFu}) EXPECT_FALSE(is_white_space(c));
  for (const char32_t c : {U'a', U'é', U'中', U'9', U'_', U'\u0301', U'Ⅷ', U'ⓐ', U'\u200D'})
    EXPECT_TRUE(is_word(c));
  for (const char32_t c : {U' ', U'-', U'½', U'😀', U'$'}) EXPECT_FALSE(is_word(c));
  for (const char32_t c : {U'7', U'½', U'Ⅷ', U'²', U'٣'}) EXPECT_TRUE(is_number(c));
  EXPECT_FALSE(is_number(U'a'));
  EXPECT_TRUE(is_mark(U'\u0301'));
  EXPECT_FALSE(is_mark(U'e'));
}

TEST(Unicode, LowerCase) { EXPECT_EQ(lower_case("AÉΣßİ1"), "aéσßi\u03071"); }

}  // namespace
}  // namespace radlads::text
