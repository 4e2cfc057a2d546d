// Line charts as inline SVG. Places along the axes are percentages and text is outside of the stretched part,
// so that one drawing fits a telephone and a wide screen with letters of the same size. Colours come from
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
  std::string description;       // for those who do not see it
  std::string caption;           // what is to be known beside it; how it is drawn is added
  std::string x_label, y_label;  // with their units
  Scale x_scale = Scale::kLinear, y_scale = Scale::kLinear;
  std::vector<Curve> curves;  // a legend names them if there are several
};

/// A <figure>. Curves of many points are drawn twice: pale as they are, and smoothed above. Empty if there is
/// nothing to draw.
std::string chart_figure(const Chart& chart);

}  // namespace radlads::report
