// Bar charts as rows of HTML, each with an inline SVG: names wrap as text does, positions along the scale are
// percentages, so that one drawing fits a phone and a wide screen. Colors come from page.css.
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace radlads::report {

/// From `low` to `high`, around a figure.
struct Whisker {
  double low = 0, high = 0;
};

struct Bar {
  double value = std::numeric_limits<double>::quiet_NaN();  // from 0 to here; not drawn if not finite
  std::optional<Whisker> whisker;
  std::string text;  // shown at the end of the row: the figure
};

struct BarRow {
  std::string name, note;
  std::vector<Bar> bars;       // one for each series
  std::optional<double> mark;  // a line across the bars, to compare with
};

struct BarChart {
  std::string caption;              // what whiskers and marks are
  std::vector<std::string> series;  // what the bars of a row are; a legend names them if there are several
  double low = 0, high = 1;         // of the scale, which includes 0; what is beyond is cut
  std::vector<BarRow> rows;
};

/// A <figure>; empty without rows.
std::string bar_figure(const BarChart& chart);

}  // namespace radlads::report
