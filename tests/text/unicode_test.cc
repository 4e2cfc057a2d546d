#include "text/unicode.h"

#include <gtest/gtest.h>

namespace radlads::text {
namespace {

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
}

TEST(Unicode, LowerCase) { EXPECT_EQ(lower_case("AÉΣßİ1"), "aéσßi\u03071"); }

}  // namespace
}  // namespace radlads::text
