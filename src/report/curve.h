// Reduces long curves to few enough points to draw.
#pragma once

#include <cstddef>
#include <vector>

namespace radlads::report {

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
