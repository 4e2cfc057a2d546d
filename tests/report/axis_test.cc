#include "report/axis.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "core/error.h"

namespace radlads::report {
namespace {

using Labels = std::vector<std::string>;
constexpr auto kExact = Axis::Ends::kExact;
constexpr auto kRound = Axis::Ends::kRound;

Labels labels(const Axis& axis) {
  Labels found;
  for (const Tick& tick : axis.ticks()) found.push_back(tick.label);
  return found;
}

TEST(Axis, LinearTicksAreRound) {
  EXPECT_EQ(labels(Axis(Scale::kLinear, 1.85, 2.88, kRound)),
            (Labels{"1.8", "2.0", "2.2", "2.4", "2.6", "2.8", "3.0"}));
  EXPECT_EQ(labels(Axis(Scale::kLinear, 16384, 100'007'936, kExact)),
            (Labels{"0", "20M", "40M", "60M", "80M", "100M"}));
  EXPECT_EQ(labels(Axis(Scale::kLinear, -0.3, 0.5, kRound)),
            (Labels{"-0.4", "-0.2", "0", "0.2", "0.4", "0.6"}));
  EXPECT_EQ(labels(Axis(Scale::kLinear, 100, 8100, kExact)),
            (Labels{"0", "2,000", "4,000", "6,000", "8,000"}));
}

TEST(Axis, LogarithmicTicksAreOneTwoFiveOrPowersOfTen) {
  EXPECT_EQ(labels(Axis(Scale::kLog, 0.06, 1.7, kRound)), (Labels{"0.05", "0.1", "0.2", "0.5", "1", "2"}));
  EXPECT_EQ(labels(Axis(Scale::kLog, 100, 1e5, kExact)), (Labels{"100", "1,000", "10,000", "100,000"}));
  EXPECT_EQ(labels(Axis(Scale::kLog, 1e-6, 1e6, kRound)),
            (Labels{"1e-6", "0.0001", "0.01", "1", "100", "10,000", "1M"}));
}

TEST(Axis, RoundEndsHoldEveryFigure) {
  const Axis linear(Scale::kLinear, 1.85, 2.88, kRound);
  EXPECT_EQ(linear.ticks().front().position, 0);
  EXPECT_NEAR(linear.ticks().back().position, 1, 1e-12);
  EXPECT_NEAR(linear.position(2.4), 0.5, 1e-12);
  const Axis log(Scale::kLog, 0.06, 1.7, kRound);
  EXPECT_NEAR(log.position(0.05), 0, 1e-12);
  EXPECT_NEAR(log.position(2), 1, 1e-12);
  EXPECT_NEAR(log.position(std::sqrt(0.05 * 2)), 0.5, 1e-12);
}

TEST(Axis, ExactEndsAreTheFigures) {
  const Axis axis(Scale::kLinear, 40, 93, kExact);
  EXPECT_EQ(axis.position(40), 0);
  EXPECT_EQ(axis.position(93), 1);
}

TEST(Axis, AFigureAloneIsInTheMiddle) {
  for (const double value : {2.3, -2.3, 1e-9, 1e9, 1e299}) {
    EXPECT_NEAR(Axis(Scale::kLinear, value, value, kExact).position(value), 0.5, 1e-9) << value;
  }
  EXPECT_NEAR(Axis(Scale::kLinear, 0, 0, kRound).position(0), 0.5, 1e-9);
  EXPECT_NEAR(Axis(Scale::kLog, 2.3, 2.3, kExact).position(2.3), 0.5, 1e-9);
}

TEST(Axis, HasAFewDistinctTicksInOrderAtAnySize) {
  for (double low = 1e-290; low < 1e290; low *= 7.3e5) {
    for (const double factor : {1.0, 1.0000001, 1.3, 2.0, 30.0, 1e4, 1e9}) {
      for (const Scale scale : {Scale::kLinear, Scale::kLog}) {
        const Axis axis(scale, low, low * factor, kRound);
        const Labels found = labels(axis);
        EXPECT_GE(found.size(), 2u) << low << " " << factor;
        EXPECT_LE(found.size(), 10u) << low << " " << factor;
        EXPECT_GE(axis.position(low), -1e-9);
        EXPECT_LE(axis.position(low * factor), 1 + 1e-9);
        for (size_t i = 1; i < found.size(); ++i) {
          EXPECT_NE(found[i], found[i - 1]) << low << " " << factor;
          EXPECT_GT(axis.ticks()[i].position, axis.ticks()[i - 1].position);
        }
      }
    }
  }
}

TEST(Axis, RefusesWhatItCannotShow) {
  EXPECT_THROW(Axis(Scale::kLinear, 2, 1, kExact), InternalError);
  EXPECT_THROW(Axis(Scale::kLog, 0, 1, kExact), InternalError);
  EXPECT_THROW(Axis(Scale::kLinear, 0, std::numeric_limits<double>::quiet_NaN(), kExact), InternalError);
}

TEST(FittingScale, IsLogarithmicForAWideRangeAboveZero) {
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  const auto scale = [](std::vector<double> values) { return fitting_scale(values); };
  EXPECT_EQ(scale({1.7, 0.06}), Scale::kLog);
  EXPECT_EQ(scale({1.7, kNaN, 0.06}), Scale::kLog);
  EXPECT_EQ(scale({2.4, 2.3}), Scale::kLinear);
  EXPECT_EQ(scale({1.7, 0}), Scale::kLinear);
  EXPECT_EQ(scale({1.7, -1}), Scale::kLinear);
  EXPECT_EQ(scale({}), Scale::kLinear);
}

}  // namespace
}  // namespace radlads::report
