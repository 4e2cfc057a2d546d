#include "report/curve.h"

#include <algorithm>

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

}  // namespace radlads::report
