#include "report/curve.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "support/random_floats.h"

namespace radlads::report {
namespace {

std::vector<Point> noise(size_t count) {
  std::vector<Point> points;
  for (const float y : random_floats("loss", static_cast<int64_t>(count))) {
    points.push_back({static_cast<double>(points.size()), y});
  }
  return points;
}

bool in_order(const std::vector<Point>& points) {
  return std::is_sorted(points.begin(), points.end(),
                        [](const Point& a, const Point& b) { return a.x < b.x; });
}

TEST(Thinned, ShortCurvesStayAsTheyAre) {
  for (const size_t count : {0, 1, 2, 600}) EXPECT_EQ(thinned(noise(count), 600), noise(count));
}

TEST(Thinned, LongCurvesKeepTheirEndsAndEverySpike) {
  for (const size_t count : {601, 602, 1000, 20'000}) {
    std::vector<Point> points = noise(count);
    points[count / 3].y = 1000;
    points[count / 2].y = -1000;
    const std::vector<Point> kept = thinned(points, 600);
    EXPECT_LE(kept.size(), 600u);
    EXPECT_GE(kept.size(), 300u);
    EXPECT_TRUE(in_order(kept));
    EXPECT_EQ(kept.front(), points.front());
    EXPECT_EQ(kept.back(), points.back());
    EXPECT_NE(std::find(kept.begin(), kept.end(), points[count / 3]), kept.end()) << count;
    EXPECT_NE(std::find(kept.begin(), kept.end(), points[count / 2]), kept.end()) << count;
  }
}

TEST(Thinned, EveryStretchKeepsItsExtremes) {
  const std::vector<Point> points = noise(10'002), kept = thinned(points, 202);  // stretches of 100
  for (size_t s = 0; s < 100; ++s) {
    const auto begin = points.begin() + 1 + static_cast<ptrdiff_t>(100 * s);
    const auto highest = std::max_element(begin, begin + 100, [](auto a, auto b) { return a.y < b.y; });
    const auto lowest = std::min_element(begin, begin + 100, [](auto a, auto b) { return a.y < b.y; });
    EXPECT_NE(std::find(kept.begin(), kept.end(), *highest), kept.end()) << s;
    EXPECT_NE(std::find(kept.begin(), kept.end(), *lowest), kept.end()) << s;
  }
}

TEST(Thinned, ConstantCurvesNeedOnePointPerStretch) {
  std::vector<Point> points = noise(5000);
  for (Point& point : points) point.y = 3;
  EXPECT_EQ(thinned(points, 600).size(), 301u);
}

TEST(Smoothed, IsTheMeanOfTheNeighbors) {
  std::vector<Point> points(9);
  for (int i = 0; i < 9; ++i) points[i] = {static_cast<double>(i), static_cast<double>(i * i)};
  const std::vector<Point> line = smoothed(points, 9, 4);
  ASSERT_EQ(line.size(), 9u);
  EXPECT_EQ(line[0], (Point{0, 0}));               // alone
  EXPECT_DOUBLE_EQ(line[1].y, (0 + 1 + 4) / 3.0);  // as far as the beginning
  EXPECT_DOUBLE_EQ(line[4].y, (4 + 9 + 16 + 25 + 36) / 5.0);
  EXPECT_DOUBLE_EQ(line[8].y, (36 + 49 + 64) / 3.0);  // up to the end
}

TEST(Smoothed, HasTheWantedPointsFromEndToEnd) {
  const std::vector<Point> points = noise(20'000), line = smoothed(points, 200, 700);
  ASSERT_EQ(line.size(), 200u);
  EXPECT_TRUE(in_order(line));
  EXPECT_EQ(line.front(), points.front());
  EXPECT_EQ(line.back().x, points.back().x);
  for (size_t i = 10; i < line.size(); ++i)
    EXPECT_LT(std::abs(line[i].y), 0.3) << i;  // over five standard deviations
  EXPECT_TRUE(smoothed({}, 200, 10).empty());
}

}  // namespace
}  // namespace radlads::report
