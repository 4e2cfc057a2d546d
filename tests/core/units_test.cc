#include "core/units.h"

#include <gtest/gtest.h>

namespace radlads {
namespace {

TEST(Units, CountsAreReadAsUsersWriteThem) {
  EXPECT_EQ(parse_count("500M"), 500'000'000);
  EXPECT_EQ(parse_count("2e6"), 2'000'000);
  EXPECT_EQ(parse_count("1.5k"), 1500);
  EXPECT_EQ(parse_count("0"), 0);
  EXPECT_EQ(parse_count("2B"), 2'000'000'000);
  for (const char* bad : {"", "M", "-1", "1.5", "2MM", "x", "1e30", "nan"}) {
    EXPECT_EQ(parse_count(bad), std::nullopt) << bad;
  }
}

TEST(Units, FormattedCountsAreExact) {
  for (const int64_t count :
       {int64_t{0}, int64_t{1}, int64_t{1536}, int64_t{2'000'000}, int64_t{332'115'325'534}}) {
    EXPECT_EQ(parse_count(format_count(count)), count) << format_count(count);
  }
  EXPECT_EQ(format_count(500'000'000), "500M");
}

TEST(Units, OneThingIsSingular) {
  EXPECT_EQ(counted(0, "token"), "0 tokens");
  EXPECT_EQ(counted(1, "token"), "1 token");
  EXPECT_EQ(counted(2, "token"), "2 tokens");
}

TEST(Units, BytesAndDurations) {
  EXPECT_EQ(format_bytes(12), "12 bytes");
  EXPECT_EQ(format_bytes(12'373'196), "11.8 MiB");
  EXPECT_EQ(format_duration(4.2), "4.2s");
  EXPECT_EQ(format_duration(3723.4), "1h02m03s");
}

}  // namespace
}  // namespace radlads
