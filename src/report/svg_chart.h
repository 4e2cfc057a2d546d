// Line charts as inline SVG. Positions along the axes are percentages and text is outside the stretched part,
// so that one drawing fits a phone and a wide screen with letters of the same size. Colors come from
// page.css.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "report/axis.h"

namespace radlads::report {

/// Coordinates go in pairs. Pairs that are not finite, or not above 0 on a logarithmic scale, are left out.
struct Curve {
  std::string name;
  std::vector<double> x, y;
};

struct Chart {
  std::string description;       // for screen readers
  std::string caption;           // additional notes; how it is drawn is added
  std::string x_label, y_label;  // with their units
  Scale x_scale = Scale::kLinear, y_scale = Scale::kLinear;
  std::vector<Curve> curves;  // a legend names them if there are several
};

/// A <figure>. Curves of many points are drawn twice: faint as they are, and smoothed on top. Empty if there
/// is nothing to draw.
std::string chart_figure(const Chart& chart);

// Long curves are reduced to few enough points to draw.

struct Point {
  double x = 0, y = 0;
  friend bool operator==(const Point&, const Point&) = default;
};

/// At most `most` points (4 or more) that look like all of them: the first, the last, and the lowest and the
/// highest of every stretch, so that no spike is lost.
std::vector<Point> thinned(const std::vector<Point>& points, size_t most);

/// `count` points (2 or more) along the mean of `window` neighbors. At the beginning, where losses fall
/// fast, the window grows from a single point, so that the line starts where the curve does.
std::vector<Point> smoothed(const std::vector<Point>& points, size_t count, size_t window);

}  // namespace radlads::report
