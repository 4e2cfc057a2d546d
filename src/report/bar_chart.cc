#include "report/bar_chart.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/error.h"
#include "report/axis.h"
#include "report/html.h"

namespace radlads::report {
namespace {

// In rem, so that a row grows with the font size.
constexpr double kBarHeight = 0.75;
constexpr double kBarGap = 0.25;
constexpr double kRowMargin = 0.5;  // above the first bar and below the last
constexpr double kCap = 0.2;        // of a whisker, on each side

/// Where a value is, in percent; at the nearest end if it is beyond.
double place(const Axis& axis, double value) { return 100 * std::clamp(axis.position(value), 0.0, 1.0); }

std::string vertical(std::string_view css_class, double x) {
  return fmt::format("<line class=\"{0}\" x1=\"{1:.2f}%\" x2=\"{1:.2f}%\" y1=\"0\" y2=\"100%\"/>", css_class,
                     x);
}

/// A line between two places with caps at the ends that are on the scale.
std::string whisker_lines(const Whisker& whisker, const Axis& axis, double y) {
  const double from = place(axis, whisker.low), to = place(axis, whisker.high);
  std::string svg =
      fmt::format("<line class=\"whisker\" x1=\"{:.2f}%\" x2=\"{:.2f}%\" y1=\"{:.3f}rem\" y2=\"{:.3f}rem\"/>",
                  from, to, y, y);
  for (const double end : {whisker.low, whisker.high}) {
    if (axis.position(end) < 0 || axis.position(end) > 1) continue;
    svg += fmt::format(
        "<line class=\"whisker\" x1=\"{0:.2f}%\" x2=\"{0:.2f}%\" y1=\"{1:.3f}rem\" y2=\"{2:.3f}rem\"/>",
        place(axis, end), y - kCap, y + kCap);
  }
  return svg;
}

std::string bar_svg(const Bar& bar, const Axis& axis, size_t number) {
  const double top = kRowMargin + static_cast<double>(number) * (kBarHeight + kBarGap);
  const double middle = top + kBarHeight / 2;
  std::string svg;
  if (std::isfinite(bar.value)) {
    const double zero = place(axis, 0), end = place(axis, bar.value);
    svg += fmt::format(
        "<rect class=\"bar c{}\" x=\"{:.2f}%\" y=\"{:.3f}rem\" width=\"{:.2f}%\" height=\"{}rem\"/>", number,
        std::min(zero, end), top, std::abs(end - zero), kBarHeight);
    if (bar.whisker && std::isfinite(bar.whisker->high - bar.whisker->low))
      svg += whisker_lines(*bar.whisker, axis, middle);
  }
  return svg +
         fmt::format("<text class=\"c{}\" x=\"100%\" y=\"{:.3f}rem\" dx=\".6em\" dy=\".35em\">{}</text>\n",
                     number, middle, escape(bar.text));
}

/// A description for screen readers.
std::string description(const BarChart& chart, const BarRow& row) {
  std::string text = row.name;
  for (size_t i = 0; i < row.bars.size(); ++i)
    text += fmt::format("{} {} {}", i == 0 ? ":" : ",", chart.series[i], row.bars[i].text);
  return text;
}

std::string row_html(const BarChart& chart, const BarRow& row, const Axis& axis) {
  RADLADS_CHECK(row.bars.size() == chart.series.size(), "{}: {} bars of {} series", row.name, row.bars.size(),
                chart.series.size());
  std::string svg;
  for (const Tick& tick : axis.ticks()) svg += vertical("grid", 100 * tick.position);
  svg += vertical("axis", place(axis, 0)) + "\n";
  for (size_t i = 0; i < row.bars.size(); ++i) svg += bar_svg(row.bars[i], axis, i);
  if (row.mark) svg += vertical("mark", place(axis, *row.mark));
  const auto count = static_cast<double>(row.bars.size());
  const double height = 2 * kRowMargin + count * kBarHeight + (count - 1) * kBarGap;
  std::string name = escape(row.name);
  if (!row.note.empty()) name += fmt::format(" <small>{}</small>", escape(row.note));
  return block("div",
               element("dt", name) +
                   element("dd", block(fmt::format("svg role=\"img\" aria-label=\"{}\" height=\"{}rem\"",
                                                   escape(description(chart, row)), height),
                                       svg)));
}

std::string scale(const Axis& axis) {
  std::string svg;
  for (const Tick& tick : axis.ticks())
    svg += fmt::format("<text class=\"x\" x=\"{:.2f}%\" y=\"1em\">{}</text>", 100 * tick.position,
                       escape(tick.label));
  return block("div class=\"scale\"", block("svg aria-hidden=\"true\" height=\"1.25rem\"", svg));
}

}  // namespace

std::string bar_figure(const BarChart& chart) {
  if (chart.rows.empty()) return "";
  const Axis axis(Scale::kLinear, chart.low, chart.high, Axis::Ends::kRound);
  std::string rows;
  for (const BarRow& row : chart.rows) rows += row_html(chart, row, axis);
  std::string html = legend(chart.series) + block("dl", rows) + scale(axis);
  if (!chart.caption.empty()) html += element("figcaption", escape(chart.caption));
  return block("figure class=\"bars\"", html);
}

}  // namespace radlads::report
