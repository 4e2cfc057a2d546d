// Line charts as inline SVG. Positions along the axes are percentages and text is outside the stretched part,
// so that one drawing fits a phone and a wide screen with letters of the same size. Colors come from
// page.css.
#pragma once

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

}  // namespace radlads::report
