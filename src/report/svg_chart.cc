#include "report/svg_chart.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/error.h"
#include "report/html.h"

namespace radlads::report {

std::vector<Point> thinned(const std::vector<Point>& points, size_t most) {
  if (points.size() <= most) return points;
  const size_t stretches = (most - 2) / 2, inner = points.size() - 2;
  const auto lower = [](const Point& a, const Point& b) { return a.y < b.y; };
  std::vector<Point> kept = {points.front()};
  for (size_t s = 0; s < stretches; ++s) {
    const auto begin = points.begin() + 1;
    const auto [low, high] =
        std::minmax_element(begin + static_cast<ptrdiff_t>(inner * s / stretches),
                            begin + static_cast<ptrdiff_t>(inner * (s + 1) / stretches), lower);
    kept.push_back(*std::min(low, high));
    if (low->y != high->y) kept.push_back(*std::max(low, high));
  }
  kept.push_back(points.back());
  return kept;
}

std::vector<Point> smoothed(const std::vector<Point>& points, size_t count, size_t window) {
  std::vector<Point> line;
  const size_t last = points.size() - 1;
  for (size_t i = 0; i < count && !points.empty(); ++i) {
    const size_t center = last * i / (count - 1);
    const size_t half = std::min(window / 2, center);
    const size_t end = std::min(center + half, last) + 1;
    double sum = 0;
    for (size_t k = center - half; k < end; ++k) sum += points[k].y;
    line.push_back({points[center].x, sum / static_cast<double>(end - (center - half))});
  }
  return line;
}

namespace {

constexpr double kLargest = 1e300;    // sums and differences of figures stay finite
constexpr size_t kDrawnPoints = 600;  // of a raw curve
constexpr size_t kSmoothPoints = 200;
constexpr size_t kShortestToSmooth = 120;
constexpr size_t kWindowShare = 30;  // a smoothed point is the mean of 1/30 of the curve
constexpr double kPlot = 1000;       // the stretched part is kPlot wide and high

bool fits(double value, Scale scale) {
  return std::abs(value) < kLargest && (scale == Scale::kLinear || value > 1 / kLargest);
}

using Points = std::vector<Point>;

Points drawable(const Chart& chart, const Curve& curve) {
  RADLADS_CHECK(curve.x.size() == curve.y.size(), "curve {}: {} x, {} y", curve.name, curve.x.size(),
                curve.y.size());
  Points points;
  for (size_t i = 0; i < curve.x.size(); ++i) {
    if (!fits(curve.x[i], chart.x_scale) || !fits(curve.y[i], chart.y_scale)) continue;
    points.push_back({curve.x[i], curve.y[i]});
  }
  return points;
}

bool is_smoothed(const Points& points) { return points.size() >= kShortestToSmooth; }

/// The axis for one coordinate of all points, of which there must be some.
Axis make_axis(const std::vector<Points>& curves, double Point::*coordinate, Scale scale, Axis::Ends ends) {
  double low = kLargest, high = -kLargest;
  for (const Points& points : curves) {
    for (const Point& point : points) {
      low = std::min(low, point.*coordinate);
      high = std::max(high, point.*coordinate);
    }
  }
  return Axis(scale, low, high, ends);
}

struct Axes {
  Axis x, y;
};

std::string path(const Points& points, const Axes& axes, std::string_view css_class) {
  std::string d;
  for (const Point& point : points) {
    d += fmt::format("{}{:.1f} {:.1f}", d.empty() ? 'M' : 'L', kPlot * axes.x.position(point.x),
                     kPlot * (1 - axes.y.position(point.y)));
  }
  return fmt::format("<path class=\"{}\" vector-effect=\"non-scaling-stroke\" d=\"{}\"/>\n", css_class, d);
}

/// Raw and smoothed line of one curve; nothing for a single point, which is a dot.
std::string lines(const Points& points, const Axes& axes, size_t number) {
  if (points.size() < 2) return "";
  if (!is_smoothed(points)) return path(points, axes, fmt::format("line c{}", number));
  return path(thinned(points, kDrawnPoints), axes, fmt::format("line c{} raw", number)) +
         path(smoothed(points, kSmoothPoints, points.size() / kWindowShare), axes,
              fmt::format("line c{}", number));
}

std::string dot(const Points& points, const Axes& axes, size_t number) {
  if (points.size() != 1) return "";
  return fmt::format("<circle class=\"dot c{}\" cx=\"{:.2f}%\" cy=\"{:.2f}%\" r=\"3.5\"/>\n", number,
                     100 * axes.x.position(points[0].x), 100 * (1 - axes.y.position(points[0].y)));
}

std::string grid(const Chart& chart, const Axes& axes) {
  std::string svg;
  for (const Tick& tick : axes.y.ticks()) {
    const double y = 100 * (1 - tick.position);
    svg += fmt::format("<line class=\"grid\" x1=\"0\" x2=\"100%\" y1=\"{0:.2f}%\" y2=\"{0:.2f}%\"/>", y);
    svg += fmt::format("<text class=\"y\" x=\"0\" y=\"{:.2f}%\" dx=\"-.6em\" dy=\".3em\">{}</text>\n", y,
                       escape(tick.label));
  }
  for (const Tick& tick : axes.x.ticks()) {
    const double x = 100 * tick.position;
    svg += fmt::format("<line class=\"tick\" x1=\"{0:.2f}%\" x2=\"{0:.2f}%\" y1=\"100%\" y2=\"100%\"/>", x);
    svg += fmt::format("<text class=\"x\" x=\"{:.2f}%\" y=\"100%\" dy=\"1.5em\">{}</text>\n", x,
                       escape(tick.label));
  }
  svg += "<line class=\"axis\" x1=\"0\" x2=\"100%\" y1=\"100%\" y2=\"100%\"/>\n";
  svg += fmt::format("<text class=\"name\" x=\"0\" y=\"0\" dx=\"-4em\" dy=\"-1.1em\">{}</text>\n",
                     escape(chart.y_label));
  return svg + fmt::format("<text class=\"name end\" x=\"100%\" y=\"100%\" dy=\"3em\">{}</text>\n",
                           escape(chart.x_label));
}

std::vector<std::string> names_of(const std::vector<Curve>& curves) {
  std::vector<std::string> names;
  for (const Curve& curve : curves) names.push_back(curve.name);
  return names;
}

std::string caption(const Chart& chart, const std::vector<Points>& curves) {
  std::vector<std::string> sentences;
  if (!chart.caption.empty()) sentences.push_back(chart.caption);
  if (std::any_of(curves.begin(), curves.end(), is_smoothed)) {
    sentences.emplace_back("Faint: all values; bold: their moving average.");
  }
  if (chart.y_scale == Scale::kLog) {
    sentences.emplace_back(chart.x_scale == Scale::kLog ? "Both axes are logarithmic."
                                                        : "The vertical axis is logarithmic.");
  }
  size_t missing = 0;
  for (size_t i = 0; i < curves.size(); ++i) missing += chart.curves[i].x.size() - curves[i].size();
  if (missing > 0) sentences.push_back(fmt::format("Values that cannot be drawn: {}.", missing));
  return sentences.empty() ? "" : element("figcaption", escape(fmt::format("{}", fmt::join(sentences, " "))));
}

}  // namespace

std::string chart_figure(const Chart& chart) {
  std::vector<Points> curves;
  for (const Curve& curve : chart.curves) curves.push_back(drawable(chart, curve));
  if (std::all_of(curves.begin(), curves.end(), [](const Points& points) { return points.empty(); }))
    return "";
  const Axes axes = {make_axis(curves, &Point::x, chart.x_scale, Axis::Ends::kExact),
                     make_axis(curves, &Point::y, chart.y_scale, Axis::Ends::kRound)};
  std::string drawn, dots;
  for (size_t i = 0; i < curves.size(); ++i) {
    drawn += lines(curves[i], axes, i);
    dots += dot(curves[i], axes, i);
  }
  const std::string stretched =
      block(fmt::format("svg viewBox=\"0 0 {0} {0}\" preserveAspectRatio=\"none\"", kPlot), drawn);
  const std::string svg =
      block(fmt::format("svg class=\"chart\" role=\"img\" aria-label=\"{}\"", escape(chart.description)),
            grid(chart, axes) + stretched + dots);
  return block("figure", legend(names_of(chart.curves)) + svg + caption(chart, curves));
}

}  // namespace radlads::report
