#include <gtest/gtest.h>

#include "text/jinja/strings.h"

namespace radlads::jinja {
namespace {

// Expected texts are those of CPython 3.11.

TEST(JinjaStrings, StripsAsPythonDoes) {
  EXPECT_EQ(strip(" \t\n\x1c\u3000a b\u00A0\x1f\n", Side::kBoth), "a b");
  EXPECT_EQ(strip("\u200Ba\u180E", Side::kBoth), "\u200Ba\u180E");
  EXPECT_EQ(strip(" \u2029 ", Side::kBoth), "");
  EXPECT_EQ(strip("", Side::kBoth), "");
}

}  // namespace
}  // namespace radlads::jinja
