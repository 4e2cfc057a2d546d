#include "report/numbers.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace radlads::report {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(Numbers, HaveThreeOrFourDigits) {
  EXPECT_EQ(number(0), "0");
  EXPECT_EQ(number(0.06231), "0.0623");
  EXPECT_EQ(number(0.5), "0.500");
  EXPECT_EQ(number(2.38146), "2.381");
  EXPECT_EQ(number(-2.38146), "-2.381");
  EXPECT_EQ(number(61.4), "61.40");
  EXPECT_EQ(number(4630.2), "4,630");
  EXPECT_EQ(number(123456.7), "123,457");
  EXPECT_EQ(number(-123456.7), "-123,457");
}

TEST(Numbers, RoundingUpADigitKeepsTheLength) {
  EXPECT_EQ(number(9.99961), "10.00");
  EXPECT_EQ(number(0.0099961), "0.0100");
  EXPECT_EQ(number(0.99961), "1.00");
  EXPECT_EQ(number(999'999), "1.00e6");
}

TEST(Numbers, HugeAndTinyOnesArePowersOfTen) {
  EXPECT_EQ(number(0.0001), "0.000100");
  EXPECT_EQ(number(3.1e-5), "3.10e-5");
  EXPECT_EQ(number(1.5e300), "1.50e300");
  EXPECT_EQ(number(5e-324), "4.94e-324");
}

TEST(Numbers, WhatIsNotFiniteIsSaidInWords) {
  for (const double value : {kNaN, -kNaN, kInfinity, -kInfinity}) {
    for (const auto& text : {number(value), signed_number(value), count(value), percent(value),
                             duration(value), bytes(value), milliseconds(value)}) {
      EXPECT_EQ(text, "not finite");
    }
  }
}

TEST(Numbers, DifferencesHaveTheirSign) {
  EXPECT_EQ(signed_number(0.0662), "+0.0662");
  EXPECT_EQ(signed_number(-0.0662), "-0.0662");
  EXPECT_EQ(signed_number(0), "0");
}

TEST(Numbers, OneThingIsSingular) {
  EXPECT_EQ(grouped(1, "document"), "1 document");
  EXPECT_EQ(grouped(2000, "document"), "2,000 documents");
}

TEST(Numbers, CountsAreExactBelowAMillion) {
  EXPECT_EQ(count(0), "0");
  EXPECT_EQ(count(999), "999");
  EXPECT_EQ(count(98'304), "98,304");
  EXPECT_EQ(count(999'999), "999,999");
  EXPECT_EQ(count(1'966'080), "1.97M");
  EXPECT_EQ(count(500'000'000), "500M");
  EXPECT_EQ(count(999'400'000), "999M");
  EXPECT_EQ(count(999'600'000), "1B");
  EXPECT_EQ(count(7'615'616'512), "7.62B");
  EXPECT_EQ(count(1.5e12), "1.500T");
}

TEST(Numbers, GroupedOnesAreExact) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(152'064), "152,064");
  EXPECT_EQ(grouped(-1'234'567), "-1,234,567");
}

TEST(Numbers, UnitsFollowTheSize) {
  EXPECT_EQ(percent(0.93124), "93.12%");
  EXPECT_EQ(percent(1), "100.00%");
  EXPECT_EQ(bytes(0), "0 bytes");
  EXPECT_EQ(bytes(51'380'224), "49.0 MiB");
  EXPECT_EQ(milliseconds(0.0123), "0.0123 ms");
  EXPECT_EQ(milliseconds(58.3), "58.30 ms");
  EXPECT_EQ(milliseconds(2300), "2.300 s");
}

TEST(Numbers, DatesAreThoseOfGreenwich) {
  using Clock = std::chrono::system_clock;
  EXPECT_EQ(date(Clock::from_time_t(1'795'305'599)), "2026-11-21");  // 23:59:59
  EXPECT_EQ(date(Clock::from_time_t(1'795'305'600)), "2026-11-22");
}

TEST(Numbers, DurationsHaveTwoUnits) {
  EXPECT_EQ(duration(0), "0.0 s");
  EXPECT_EQ(duration(4.21), "4.2 s");
  EXPECT_EQ(duration(59.96), "1 min 00 s");
  EXPECT_EQ(duration(203), "3 min 23 s");
  EXPECT_EQ(duration(3599.7), "1 h 00 min");
  EXPECT_EQ(duration(21'720), "6 h 02 min");
  EXPECT_EQ(duration(190'000), "2 d 4 h");
}

}  // namespace
}  // namespace radlads::report
