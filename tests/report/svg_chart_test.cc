#include "report/svg_chart.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

#include <gtest/gtest.h>

#include "core/error.h"
#include "report/markup.h"
#include "support/random_floats.h"

namespace radlads::report {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

Chart chart_of(std::vector<double> y, Scale scale = Scale::kLinear) {
  Curve curve = {.name = "align", .y = std::move(y)};
  for (size_t i = 0; i < curve.y.size(); ++i) curve.x.push_back(static_cast<double>(i + 1));
  return {
      .description = "falls", .x_label = "tokens", .y_label = "loss", .y_scale = scale, .curves = {curve}};
}

Chart noisy_chart(int64_t count) {
  std::vector<double> y;
  for (const float value : random_floats("loss", count)) y.push_back(value);
  return chart_of(y);
}

/// Every figure of every path.
std::vector<double> path_figures(const std::string& html) {
  std::vector<double> figures;
  for (size_t at = html.find(" d=\""); at != std::string::npos; at = html.find(" d=\"", at + 1)) {
    std::string d = html.substr(at + 4, html.find('"', at + 4) - at - 4);
    std::replace_if(
        d.begin(), d.end(), [](char c) { return c == 'M' || c == 'L'; }, ' ');
    std::istringstream in(d);
    for (double figure = 0; in >> figure;) figures.push_back(figure);
    EXPECT_TRUE(in.eof()) << d;
  }
  return figures;
}

TEST(ChartFigure, HasAxesCurveAndDescription) {
  const std::string html = chart_figure(chart_of({3, 1, 2}));
  EXPECT_EQ(markup_error(html), "");
  EXPECT_EQ(count_of(html, "<svg class=\"chart\" role=\"img\" aria-label=\"falls\">"), 1u);
  EXPECT_EQ(texts_of(html, "text"), (std::vector<std::string>{"1.0", "1.5", "2.0", "2.5", "3.0", "1.0", "1.5",
                                                              "2.0", "2.5", "3.0", "loss", "tokens"}));
  EXPECT_EQ(count_of(html,
                     "<path class=\"line c0\" vector-effect=\"non-scaling-stroke\" "
                     "d=\"M0.0 0.0L500.0 1000.0L1000.0 500.0\"/>"),
            1u);
  EXPECT_EQ(count_of(html, "<path"), 1u);
  EXPECT_EQ(count_of(html, "figcaption"), 0u);
}

TEST(ChartFigure, EscapesItsTexts) {
  Chart chart = chart_of({1, 2});
  chart.description = chart.caption = chart.x_label = chart.y_label = "<a href=\"x\">&'\xFF";
  chart.curves.push_back({"</li><script>", {1}, {1}});
  const std::string html = chart_figure(chart);
  EXPECT_EQ(markup_error(html), "");
  EXPECT_EQ(count_of(html, "&lt;a href=&quot;x&quot;&gt;&amp;&#39;\uFFFD"), 4u);
  EXPECT_EQ(texts_of(html, "li")[1], "&lt;/li&gt;&lt;script&gt;");
}

TEST(ChartFigure, LongCurvesAreThinnedAndSmoothed) {
  const std::string html = chart_figure(noisy_chart(20'000));
  EXPECT_EQ(markup_error(html), "");
  EXPECT_EQ(count_of(html, "<path class=\"line c0 raw\""), 1u);
  EXPECT_EQ(count_of(html, "<path class=\"line c0\""), 1u);
  EXPECT_EQ(texts_of(html, "figcaption")[0], "Faint: all values; bold: their moving average.");
  EXPECT_LT(html.size(), 16'000u);
  EXPECT_LE(path_figures(html).size(), 2u * (600 + 200));
}

TEST(ChartFigure, SeveralCurvesHaveALegend) {
  Chart chart = chart_of({1, 2});
  EXPECT_EQ(count_of(chart_figure(chart), "legend"), 0u);
  chart.curves.push_back({"distill", {1, 2}, {3, 4}});
  const std::string html = chart_figure(chart);
  EXPECT_EQ(texts_of(html, "li"), (std::vector<std::string>{"align", "distill"}));
  EXPECT_EQ(count_of(html, "<path class=\"line c1\""), 1u);
}

TEST(ChartFigure, OnePointIsADot) {
  const std::string html = chart_figure(chart_of({2.3}));
  EXPECT_EQ(markup_error(html), "");
  EXPECT_EQ(count_of(html, "<path"), 0u);
  EXPECT_EQ(count_of(html, "<circle class=\"dot c0\" cx=\"50.00%\" cy=\"50.00%\""), 1u);
}

TEST(ChartFigure, AConstantCurveIsALevelLine) {
  EXPECT_EQ(count_of(chart_figure(chart_of({0, 0, 0})), "d=\"M0.0 500.0L500.0 500.0L1000.0 500.0\""), 1u);
  EXPECT_EQ(count_of(chart_figure(chart_of({2.5, 2.5}, Scale::kLog)), "<path"), 1u);
}

TEST(ChartFigure, FiguresOfAnySizeStayInsideOfThePlot) {
  for (const std::vector<double>& y : std::vector<std::vector<double>>{{1e-290, 3e-290},
                                                                       {1e290, 3e290},
                                                                       {-1e299, 1e299},
                                                                       {1e-290, 1e290},
                                                                       {5, 5.0000001},
                                                                       {-3, -3.1},
                                                                       {0, 1e-300}}) {
    const Scale scale = fitting_scale(y);
    const std::string html = chart_figure(chart_of(y, scale));
    EXPECT_EQ(markup_error(html), "");
    const std::vector<double> figures = path_figures(html);
    ASSERT_EQ(figures.size(), 4u) << y[1];
    for (const double figure : figures) {
      EXPECT_GE(figure, 0) << y[1];
      EXPECT_LE(figure, 1000) << y[1];
    }
  }
}

TEST(ChartFigure, WhatCannotBeDrawnIsLeftOutAndCounted) {
  const std::string html = chart_figure(chart_of({3, kNaN, 1, kInfinity, -kInfinity}));
  EXPECT_EQ(count_of(html, "d=\"M0.0 0.0L1000.0 1000.0\""), 1u);
  EXPECT_EQ(texts_of(html, "figcaption")[0], "Values that cannot be drawn: 3.");
  EXPECT_EQ(texts_of(chart_figure(chart_of({1, 0, 3}, Scale::kLog)), "figcaption")[0],
            "The vertical axis is logarithmic. Values that cannot be drawn: 1.");
}

TEST(ChartFigure, NothingToDrawIsNoFigure) {
  EXPECT_EQ(chart_figure({}), "");
  EXPECT_EQ(chart_figure(chart_of({})), "");
  EXPECT_EQ(chart_figure(chart_of({kNaN, kInfinity})), "");
}

TEST(ChartFigure, CoordinatesGoInPairs) {
  Chart chart = chart_of({1, 2});
  chart.curves[0].x.pop_back();
  EXPECT_THROW(chart_figure(chart), InternalError);
}

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
