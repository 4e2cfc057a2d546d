#include "text/case_mapping.h"

#include <gtest/gtest.h>

namespace radlads::text {
namespace {

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

}  // namespace
}  // namespace radlads::text
