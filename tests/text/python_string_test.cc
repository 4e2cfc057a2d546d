#include "text/python_string.h"

#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "core/sha256.h"
#include "core/utf8.h"

namespace radlads::text {
namespace {

// Expected texts are those of CPython 3.11.

TEST(PythonString, Strips) {
  EXPECT_EQ(python_strip(" \t\n\x1c\u3000a b\u00A0\x1f\n"), "a b");
  EXPECT_EQ(python_strip("\u200Ba\u180E"), "\u200Ba\u180E");
  EXPECT_EQ(python_strip(" \u2029 "), "");
  EXPECT_EQ(python_strip(""), "");
}

TEST(PythonString, LowersSigmaByItsPlace) {
  EXPECT_EQ(python_lower("ΟΔΟΣ ΣΑΣ"), "οδος σας");
  EXPECT_EQ(python_lower("ΑΣ\u0301"), "ας\u0301");
  EXPECT_EQ(python_lower("Σ"), "σ");
  EXPECT_EQ(python_lower("ΑΣ.Β ΑΣ. Β"), "ασ.β ας. β");
  EXPECT_EQ(python_lower("1Σ aΣ'b ªΣ"), "1σ aσ'b ªς");
  EXPECT_EQ(python_lower("İSTANBUL \u1E9E"), "i\u0307stanbul ß");
  EXPECT_EQ(python_lower("ΑΣ\u00AD ΣΣ"), "ας\u00AD σς");
}

// sha256("".join(c.METHOD() + "\n" for c in characters).encode()).hexdigest(), for the characters of Latin,
// Greek, Cyrillic and Armenian.
TEST(PythonString, ChangesCase) {
  std::string lower, upper;
  const std::pair<char32_t, char32_t> blocks[] = {
      {0, 0x17F}, {0x370, 0x587}, {0x1E00, 0x1FFF}, {0xFB00, 0xFB17}};
  for (const auto& [first, last] : blocks) {
    for (char32_t c = first; c <= last; ++c) {
      std::string character;
      append_utf8(c, character);
      lower += python_lower(character) + '\n';
      upper += python_upper(character) + '\n';
    }
  }
  EXPECT_EQ(sha256_hex(lower), "e5ddb330bbc9e40c4a5bcf4204695479a6522a92339fa9b5c55f9b8d412a7d3a");
  EXPECT_EQ(sha256_hex(upper), "c009fda3905f289de340bd95ecd4ecd433e4cabc43f7e51c93f5e1223d257980");
}

}  // namespace
}  // namespace radlads::text
