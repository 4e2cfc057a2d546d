// bar_figure: lengths, whiskers, marks, and what cannot be drawn.
#include "report/bar_chart.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "core/error.h"
#include "report/markup.h"

namespace radlads::report {
namespace {

using Texts = std::vector<std::string>;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

BarChart chart_of(Bar bar) {
  return {.series = {"Score"}, .rows = {{.name = "piqa", .bars = {std::move(bar)}}}};
}

/// The number of `attribute` in the nth element that begins with `begin`, without its unit.
double number_in(const std::string& html, const std::string& begin, const std::string& attribute, int n = 0) {
  size_t at = html.find(begin);
  for (int i = 0; i < n && at != std::string::npos; ++i) at = html.find(begin, at + 1);
  const std::string key = " " + attribute + "=\"";
  const size_t value = at == std::string::npos ? at : html.find(key, at);
  return value == std::string::npos ? kNaN : std::stod(html.substr(value + key.size()));
}

TEST(BarFigure, LengthsAreProportional) {
  BarChart chart = {.series = {"Student", "Teacher"},
                    .rows = {{.name = "piqa", .bars = {{.value = 0.3}, {.value = 0.6}}},
                             {.name = "copa", .bars = {{.value = 0}, {.value = 1}}}}};
  const std::string html = bar_figure(chart);
  EXPECT_EQ(markup_error(html), "");
  const double widths[] = {30, 60, 0, 100};
  for (int i = 0; i < 4; ++i) {
    EXPECT_DOUBLE_EQ(number_in(html, "<rect", "width", i), widths[i]) << i;
    EXPECT_DOUBLE_EQ(number_in(html, "<rect", "x", i), 0) << i;
  }
  EXPECT_EQ(count_of(html, "<rect"), 4u);
  EXPECT_EQ(count_of(html, "<rect class=\"bar c0\""), 2u);
  EXPECT_EQ(count_of(html, "<rect class=\"bar c1\""), 2u);
  EXPECT_GT(number_in(html, "<rect", "y", 1),
            number_in(html, "<rect", "y", 0) + number_in(html, "<rect", "height", 0));
}

TEST(BarFigure, BarsBelowZeroGoTheOtherWay) {
  BarChart chart = chart_of({.value = -50});
  chart.low = -100;
  chart.high = 100;
  chart.rows.push_back({.name = "copa", .bars = {{.value = 80}}});
  const std::string html = bar_figure(chart);
  EXPECT_DOUBLE_EQ(number_in(html, "<rect", "x", 0), 25);
  EXPECT_DOUBLE_EQ(number_in(html, "<rect", "width", 0), 25);
  EXPECT_DOUBLE_EQ(number_in(html, "<rect", "x", 1), 50);
  EXPECT_DOUBLE_EQ(number_in(html, "<rect", "width", 1), 40);
  EXPECT_DOUBLE_EQ(number_in(html, "<line class=\"axis\"", "x1"), 50);
}

TEST(BarFigure, WhiskersHaveCapsAndMarksCrossTheRow) {
  BarChart chart = chart_of({.value = 0.5, .whisker = Whisker{0.45, 0.55}});
  chart.rows[0].mark = 0.25;
  const std::string html = bar_figure(chart);
  EXPECT_EQ(count_of(html, "<line class=\"whisker\""), 3u);
  EXPECT_DOUBLE_EQ(number_in(html, "<line class=\"whisker\"", "x1"), 45);
  EXPECT_DOUBLE_EQ(number_in(html, "<line class=\"whisker\"", "x2"), 55);
  EXPECT_EQ(count_of(html, "<line class=\"mark\" x1=\"25.00%\" x2=\"25.00%\" y1=\"0\" y2=\"100%\"/>"), 1u);

  chart.rows[0].mark.reset();
  chart.rows[0].bars[0].whisker.reset();
  EXPECT_EQ(count_of(bar_figure(chart), "whisker") + count_of(bar_figure(chart), "\"mark\""), 0u);
}

TEST(BarFigure, WhatLiesBeyondTheScaleIsCut) {
  const std::string html = bar_figure(chart_of({.value = 3, .whisker = Whisker{0.9, 1e30}}));
  EXPECT_DOUBLE_EQ(number_in(html, "<rect", "width"), 100);
  EXPECT_EQ(count_of(html, "<line class=\"whisker\""), 2u);  // no cap where it continues
  EXPECT_DOUBLE_EQ(number_in(html, "<line class=\"whisker\"", "x2"), 100);
  EXPECT_DOUBLE_EQ(number_in(bar_figure(chart_of({.value = -2})), "<rect", "width"), 0);
}

TEST(BarFigure, WhatIsNotFiniteIsTextAlone) {
  for (const double value : {kNaN, kInfinity, -kInfinity}) {
    const std::string html =
        bar_figure(chart_of({.value = value, .whisker = Whisker{0.1, 0.2}, .text = "none"}));
    EXPECT_EQ(markup_error(html), "");
    EXPECT_EQ(count_of(html, "<rect") + count_of(html, "whisker"), 0u);
    EXPECT_EQ(texts_of(html, "text")[0], "none");
  }
  const std::string html = bar_figure(chart_of({.value = 0.5, .whisker = Whisker{kNaN, 0.2}}));
  EXPECT_EQ(count_of(html, "<rect"), 1u);
  EXPECT_EQ(count_of(html, "whisker"), 0u);
}

TEST(BarFigure, HasNamesFiguresAndScale) {
  BarChart chart = {.caption = "Whiskers: one standard error.",
                    .series = {"Student", "Teacher"},
                    .rows = {{.name = "piqa",
                              .note = "acc_norm",
                              .bars = {{.value = 0.5, .text = "0.5000"}, {.value = 0.6, .text = "0.6000"}}}}};
  const std::string html = bar_figure(chart);
  EXPECT_EQ(texts_of(html, "dt"), Texts{"piqa acc_norm"});
  EXPECT_EQ(texts_of(html, "li"), (Texts{"Student", "Teacher"}));
  EXPECT_EQ(texts_of(html, "text"), (Texts{"0.5000", "0.6000", "0", "0.2", "0.4", "0.6", "0.8", "1.0"}));
  EXPECT_EQ(texts_of(html, "figcaption"), Texts{"Whiskers: one standard error."});
  EXPECT_EQ(count_of(html, "role=\"img\" aria-label=\"piqa: Student 0.5000, Teacher 0.6000\""), 1u);

  chart.series.pop_back();
  chart.rows[0].bars.pop_back();
  EXPECT_EQ(count_of(bar_figure(chart), "legend"), 0u);
}

TEST(BarFigure, EscapesItsTexts) {
  const std::string hostile = "</svg><script>\"&'";
  BarChart chart = chart_of({.value = 0.5, .text = hostile});
  chart.caption = chart.series[0] = chart.rows[0].name = chart.rows[0].note = hostile;
  chart.rows[0].bars.push_back({.value = 1, .text = hostile});
  chart.series.push_back(hostile);
  const std::string html = bar_figure(chart);
  EXPECT_EQ(markup_error(html), "");
  EXPECT_EQ(count_of(html, "<script"), 0u);
  // Two in the legend, name and note, two beside the bars, the caption; the label has the name and both bars.
  EXPECT_EQ(count_of(html, "&lt;/svg&gt;&lt;script&gt;&quot;&amp;&#39;"), 7u + 5u);
}

TEST(BarFigure, RowsHaveABarForEachSeries) {
  BarChart chart = chart_of({.value = 0.5});
  chart.series.push_back("Teacher");
  EXPECT_THROW(bar_figure(chart), InternalError);
  EXPECT_EQ(bar_figure({}), "");
}

}  // namespace
}  // namespace radlads::report
