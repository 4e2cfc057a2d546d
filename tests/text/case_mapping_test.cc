#include "text/case_mapping.h"

#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "core/sha256.h"
#include "core/utf8.h"

namespace radlads::text {
namespace {

// Expected texts are those of CPython 3.11.

TEST(CaseMapping, OneCharacterMayBecomeSeveral) {
  EXPECT_EQ(to_upper("straße ﬃ ŉ և ᾳ ΐ"), "STRASSE FFI ʼN ԵՒ ΑΙ \u0399\u0308\u0301");
  EXPECT_EQ(to_lower("İSTANBUL ẞ"), "i̇stanbul ß");
  EXPECT_EQ(capitalized("ﬁN"), "Fin");
  EXPECT_EQ(to_title("ßA ǆB ᾳC"), "Ssa ǅb ᾼc");
}

TEST(CaseMapping, SigmaIsFinalAtTheEndOfAWord) {
  EXPECT_EQ(to_lower("ΟΔΟΣ ΣΑΣ. Σ ΑΣ'Α ΑΣ\u0301"), "οδος σας. σ ασ'α ας\u0301");
  EXPECT_EQ(capitalized("ΣΣΣ"), "Σσς");
}

TEST(CaseMapping, WordsOfTitlesAreRunsOfLetters) {
  EXPECT_EQ(to_title("they're bill's 3rd-best"), "They'Re Bill'S 3Rd-Best");
  EXPECT_EQ(capitalized(""), "");
  EXPECT_EQ(capitalized("hELLO wORLD"), "Hello world");
}

TEST(CaseMapping, ModifiersAndCircledLettersAreCased) {
  EXPECT_EQ(to_title("ʰa ªa Ⅷa ⓐb 🅐c ˂a"), "ʰa ªa Ⅷa Ⓐb 🅐c ˂A");
}

TEST(CaseMapping, LowersSigmaByItsPlace) {
  EXPECT_EQ(to_lower("ΟΔΟΣ ΣΑΣ"), "οδος σας");
  EXPECT_EQ(to_lower("ΑΣ\u0301"), "ας\u0301");
  EXPECT_EQ(to_lower("Σ"), "σ");
  EXPECT_EQ(to_lower("ΑΣ.Β ΑΣ. Β"), "ασ.β ας. β");
  EXPECT_EQ(to_lower("1Σ aΣ'b ªΣ"), "1σ aσ'b ªς");
  EXPECT_EQ(to_lower("İSTANBUL \u1E9E"), "i\u0307stanbul ß");
  EXPECT_EQ(to_lower("ΑΣ\u00AD ΣΣ"), "ας\u00AD σς");
}

// sha256("".join(c.METHOD() + "\n" for c in characters).encode()).hexdigest(), for the characters of Latin,
// Greek, Cyrillic and Armenian.
TEST(CaseMapping, EqualsPythonsOverTheAlphabets) {
  std::string lower, upper;
  const std::pair<char32_t, char32_t> blocks[] = {
      {0, 0x17F}, {0x370, 0x587}, {0x1E00, 0x1FFF}, {0xFB00, 0xFB17}};
  for (const auto& [first, last] : blocks) {
    for (char32_t c = first; c <= last; ++c) {
      std::string character;
      append_utf8(c, character);
      lower += to_lower(character) + '\n';
      upper += to_upper(character) + '\n';
    }
  }
  EXPECT_EQ(sha256_hex(lower), "e5ddb330bbc9e40c4a5bcf4204695479a6522a92339fa9b5c55f9b8d412a7d3a");
  EXPECT_EQ(sha256_hex(upper), "c009fda3905f289de340bd95ecd4ecd433e4cabc43f7e51c93f5e1223d257980");
}

}  // namespace
}  // namespace radlads::text
